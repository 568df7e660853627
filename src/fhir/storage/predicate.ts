import type { Access, Grant } from '../../scope/access.js';
import { filterPredicate } from './filter-predicate.js';
import { membershipPredicate } from './membership-predicate.js';
import type { BindParameters } from './statement.js';

/**
 * The one judgement of rows (architecture, decisions 2 and 3): the SQL condition that `row`, an alias of `resource`,
 * `resource_history` or one of their partitions, is within reach.
 */
export const accessPredicate = (access: Access, row: string, parameters: BindParameters): string =>
  access.unrestricted ? 'true' : grantsPredicate(access.grants, row, parameters);

/** Rows that satisfy any grant; no grant, no row. */
export const grantsPredicate = (grants: readonly Grant[], row: string, parameters: BindParameters): string =>
  anyOf(grants.map((grant) => grantPredicate(grant, row, parameters)));

/** Rows that match every filter. */
export const filtersPredicate = (filters: Grant['where'], row: string, parameters: BindParameters): string =>
  allOf(filters.map((filter) => filterPredicate(filter, row, parameters)));

function grantPredicate({ within, where, only }: Grant, row: string, parameters: BindParameters): string {
  const conditions: string[] = [];
  const judge = (grants: readonly Grant[], other: string): string => grantsPredicate(grants, other, parameters);
  if (within) conditions.push(membershipPredicate(within, row, parameters, judge));
  if (only !== undefined) conditions.push(`${row}.id = ${parameters.add(only, 'text')}`);
  if (where.length > 0) conditions.push(filtersPredicate(where, row, parameters));
  return allOf(conditions);
}

export const allOf = (conditions: readonly string[]): string => {
  if (conditions.length === 0) return 'true';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' AND ')})`;
};

export const anyOf = (conditions: readonly string[]): string => {
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
};
