/**
 * A condition that confirms what an index finds, written so that the planner expects one row in 20 to pass (0.5 % for each
 * of the values). Of an EXISTS it expects every second: a rare hash that its statistics do not list would then look
 * frequent enough to be met soon along the order, and the whole table would be walked for it. Where half of all match,
 * the order is walked all the same.
 */
export const confirmed = (condition: string): string =>
  `CASE WHEN ${condition} THEN 1 ELSE 0 END IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)`;

/** Confirmation for a limit of the caller: the planner expects half of the rows to pass, whatever the parts are. */
export const likelyConfirmed = (condition: string): string => `CASE WHEN ${condition} THEN true ELSE false END`;
