import { tenant } from '../session/tenant-parameter.js';
import type { ByConcept } from './close-hierarchy.js';

/** Codes right above and below a concept; null: none. */
export interface Links {
  readonly parents: readonly string[] | null;
  readonly children: readonly string[] | null;
}

/** Children that are told of one concept. */
const mostChildren = 1000;

/** The codes right above and below a concept, for the column `links` of its row: a question about it reads no other row then (docs/adr/0162). */
export function linksOf(
  codes: readonly string[],
  { parents, children }: { readonly parents: ByConcept; readonly children: ByConcept },
  concept: number,
): string {
  const named = ({ starts, values }: ByConcept, most = Infinity): readonly string[] => {
    const from = starts[concept]!;
    const to = Math.min(starts[concept + 1]!, from + most);
    const some: string[] = [];
    for (let at = from; at < to; at++) some.push(codes[values[at]! - 1]!);
    return some;
  };
  return `[${listOf(named(parents))},${listOf(named(children, mostChildren))}]`;
}

/** JSON of the codes: of plain ones, which most are, without looking at each character. */
const listOf = (codes: readonly string[]): string =>
  codes.every((code) => isPlain.test(code))
    ? codes.length === 0
      ? '[]'
      : `["${codes.join('","')}"]`
    : JSON.stringify(codes);

const isPlain = /^[\w.:-]+$/;

/** Content of the column `links`. */
export function linksIn(text: string): Links {
  const [parents, children] = JSON.parse(text) as [readonly string[], readonly string[]];
  return { parents, children };
}

/** Rows of the load of `c`. */
const beside = (alias: string): string => `${alias}.tenant = ${tenant} AND ${alias}.load = c.load`;

/** Columns of {@link Links} of the concept `c`, found by their numbers: rows that an older release of the server has stored have no `links`. */
export const linkColumns =
  `ARRAY(SELECT p.code FROM terminology_concept AS p WHERE ${beside('p')} AND p.concept = ANY (c.parents) ORDER BY p.concept) AS parents, ` +
  `CASE WHEN c.below > 0 THEN ARRAY(SELECT p.code FROM terminology_concept AS p WHERE ${beside('p')} AND p.concept = ANY (ARRAY(` +
  `SELECT unnest(o.concepts) FROM terminology_posting AS o ` +
  `WHERE ${beside('o')} AND o.kind = 'child' AND o.key = c.concept::text ORDER BY o.chunk LIMIT ${mostChildren})) ` +
  `ORDER BY p.concept) END AS children`;
