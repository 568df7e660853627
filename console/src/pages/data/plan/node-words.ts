import type { Messages } from '../../../messages/messages.js';

/** Node types of PostgreSQL's plans (explain.c). */
export const nodeTypes = [
  'Aggregate',
  'Append',
  'Bitmap Heap Scan',
  'Bitmap Index Scan',
  'BitmapAnd',
  'BitmapOr',
  'CTE Scan',
  'Custom Scan',
  'Foreign Scan',
  'Function Scan',
  'Gather',
  'Gather Merge',
  'Group',
  'Hash',
  'Hash Join',
  'Incremental Sort',
  'Index Only Scan',
  'Index Scan',
  'Limit',
  'LockRows',
  'Materialize',
  'Memoize',
  'Merge Append',
  'Merge Join',
  'ModifyTable',
  'Named Tuplestore Scan',
  'Nested Loop',
  'ProjectSet',
  'Recursive Union',
  'Result',
  'Sample Scan',
  'Seq Scan',
  'SetOp',
  'Sort',
  'Subquery Scan',
  'Table Function Scan',
  'Tid Range Scan',
  'Tid Scan',
  'Unique',
  'Values Scan',
  'WindowAgg',
  'WorkTable Scan',
] as const;

/** A step of a plan in the language of the page; PostgreSQL's own name where it has none. */
export function wordsOfNode(kind: string, t: Messages): string {
  const known = nodeTypes.find((type) => type === kind);
  return known === undefined ? kind : t(`plan.node.${known}`);
}
