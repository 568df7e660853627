import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { ConceptConditions } from '../../concepts/concept-conditions.js';
import type { BindParameters } from '../../session/statement.js';
import { releaseGone } from '../../session/release-gone.js';
import { anyOf } from '../conditions.js';
import type { ValueOf } from './filter-values.js';
import { hashesOfValues, overlaps } from './hashed-predicate.js';

/**
 * Codes of loaded code systems that are too many to be listed (docs/adr/0145). An index leads to the rows with any code of the system;
 * each of their codes is looked up among the concepts.
 */
export function selectionPredicate(
  code: string,
  values: readonly ValueOf<'selection'>[],
  row: string,
  parameters: BindParameters,
): string {
  return anyOf(values.map((value) => isSelected(code, value, row, parameters)));
}

function isSelected(
  code: string,
  { system, load, selection }: ValueOf<'selection'>,
  row: string,
  parameters: BindParameters,
): string {
  const conditions = new ConceptConditions(load, parameters);
  const ofSystem = overlaps(row, hashesOfValues(code, [{ kind: 'token', system }]), parameters);
  const start = parameters.add(code + unitSeparator, 'text');
  const separator = parameters.add(unitSeparator, 'text');
  const part = (number: number): string => `split_part(entry, ${separator}, ${number})`;
  const entries =
    `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE starts_with(entry, ${start}) AND ${part(3)} = ${parameters.add(system, 'text')} AND ` +
    `(SELECT ${conditions.of(selection)} FROM terminology_concept AS c WHERE ${conditions.mine('c')} AND c.code = ${part(2)}))`;
  return `(${ofSystem} AND CASE WHEN ${isThere(conditions)} THEN ${entries} ELSE false END)`;
}

/**
 * An error where the concepts of the load were taken out since the criterion was made: under `:not-in` every row would match. They go in
 * the order of their numbers, so that all of them are there while the first is.
 */
export const isThere = (conditions: ConceptConditions): string =>
  `coalesce((SELECT 'true' FROM terminology_concept AS f WHERE ${conditions.mine('f')} AND f.concept = 1), '${releaseGone}')::boolean`;
