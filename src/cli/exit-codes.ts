/** Said in `--help`, so that scripts can rely on them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, wouldChange: 3 } as const;
