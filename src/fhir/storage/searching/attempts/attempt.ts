import { withinBytes } from '../../reading/within-bytes.js';
import { tableOf } from '../../partitions.js';
import { tenant } from '../../session/tenant-parameter.js';
import { whereHolds } from '../../session/where-holds.js';
import type { Statement } from '../../session/statement.js';
import type { PageRow } from '../search-page.js';

/** A statement for a page that is planned once and looks at a bounded number of rows, which may turn out to be too few to tell (docs/adr/0110). */
export interface Attempt {
  /** Equal for attempts that fail alike; undefined for one whose failure tells nothing about others. */
  readonly key: string | undefined;
  readonly statement: Statement;
  /** The condition that the statement finds all rows, evaluated in the same snapshot as they are. */
  readonly premise?: string;
  /** Returns true if the rows are the page. */
  readonly isComplete?: (rows: readonly PageRow[]) => boolean;
  /** Says when the page is found so. */
  readonly when: string;
}

/** So many rows are soon read, whatever else is asked of them. */
export const few = 200;

/** The {@link Attempt.premise} that no more than {@link few} rows of the table of the type satisfy the conditions. */
export const areFew = (type: string, conditions: readonly string[]): string =>
  `NOT EXISTS (SELECT FROM ${tableOf(type)} AS r WHERE r.tenant = ${tenant} AND ${conditions.join(' AND ')} OFFSET ${few})`;

/** As it is sent: its rows have no more than so many bytes of content together. */
export function attemptStatement({ statement, premise }: Attempt, bytes?: number): Statement {
  const sized = withinBytes(statement, bytes);
  return premise === undefined ? sized : { ...sized, text: whereHolds(sized.text, premise) };
}
