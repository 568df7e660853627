/**
 * The text with its bind parameters behind subqueries. PostgreSQL plans a prepared statement anew for each execution while it estimates that plans for
 * the values cost less than one for all. Of values that it does not see it estimates nothing, and keeps the one plan after five executions: a setting
 * of the connection (`plan_cache_mode`) would be lost or mixed up behind a transaction pooler. The tenant stays as it is: a distributed
 * PostgreSQL finds the node by it.
 */
export const hideValues = (text: string): string =>
  text.replaceAll(/\$\d+::((?:double precision|[a-z]+)(?:\[\])?)/g, '(SELECT $&)::$1');
