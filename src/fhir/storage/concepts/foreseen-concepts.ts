import type { Selection } from '../../../r4/search/query/concept-selection.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';

/** Children that are told of one concept. */
const mostChildren = 1000;
/** Codes that are read together with their code system; of more than a few a statement of their own is no loss. */
const mostForeseen = 5;

/** A concept as its row says it. */
export interface ConceptRow extends Record<string, unknown> {
  readonly code: string;
  readonly display: string | null;
  readonly flags: number;
  readonly told: string;
}

/** Codes right above and below a concept; null: none. */
export interface Links {
  readonly parents: readonly string[] | null;
  readonly children: readonly string[] | null;
}

/** Columns of the concept `c`. */
export const conceptColumns = 'c.code, c.display, c.flags, c.told';

/** Columns with the codes right above and below the concept `c`, in the order in which the index has them; `mine`: which rows are of its load. */
export const linkColumns = (mine: (alias: string) => string): string =>
  `ARRAY(SELECT p.code FROM terminology_concept AS p WHERE ${mine('p')} AND p.concept = ANY (c.parents) ORDER BY p.concept) AS parents, ` +
  `CASE WHEN c.below > 0 THEN ARRAY(SELECT p.code FROM terminology_concept AS p WHERE ${mine('p')} AND p.concept = ANY (ARRAY(` +
  `SELECT unnest(o.concepts) FROM terminology_posting AS o ` +
  `WHERE ${mine('o')} AND o.kind = 'child' AND o.key = c.concept::text ORDER BY o.chunk LIMIT ${mostChildren})) ` +
  `ORDER BY p.concept) END AS children`;

export interface ReadRow extends ConceptRow, Partial<Links> {
  readonly concept: number;
  /** Numbers of all concepts above it; undefined where its links were read, which are asked for in their place. */
  readonly ancestors?: readonly number[];
}

/** Concepts that were read together with their code system. */
export interface ReadBefore {
  readonly codes: ReadonlySet<string>;
  readonly withLinks: boolean;
  readonly rows: ReadonlyMap<string, ReadRow>;
}

/** Rows of the load of `c`. */
const beside = (alias: string): string => `${alias}.tenant = ${tenant} AND ${alias}.load = c.load`;

/**
 * Joins the concepts of the foreseen codes to a row `hit` with the id of a CodeSystem: none, unless it was loaded. So a question about a code
 * takes one statement, which judges the right to read the CodeSystem too.
 */
export function joinForeseen(
  foreseen: Foreseen,
  parameters: BindParameters,
): { readonly columns: string; readonly join: string } {
  const { columns, asked } = foreseenColumns(foreseen, parameters);
  const join =
    ` LEFT JOIN LATERAL (SELECT ${columns} FROM terminology_load AS l ` +
    `JOIN terminology_concept AS c ON c.tenant = ${tenant} AND c.load = l.load AND c.code = ANY (${asked}) ` +
    `WHERE l.tenant = ${tenant} AND l.id = hit.id) AS concept ON true`;
  return { columns: ', concept.*', join };
}

/** Selects the concepts of the foreseen codes of one load: rows for {@link readBefore}. */
export function foreseenStatement(load: number, { codes, withLinks = false }: Foreseen): Statement {
  const text = (withLinks ? textsWithLinks : texts)[codes.length]!;
  return { isPrepared: true, text, values: [...codes, load] };
}

/** The text for a number of codes. */
function foreseenText(number: number, withLinks: boolean): string {
  const parameters = new BindParameters();
  const codes = Array.from({ length: number }, () => '');
  const { columns, asked } = foreseenColumns({ codes, withLinks }, parameters);
  return (
    `SELECT ${columns} FROM terminology_concept AS c ` +
    `WHERE c.tenant = ${tenant} AND c.load = ${parameters.add(0, 'integer')} AND c.code = ANY (${asked})`
  );
}

/** Columns of {@link ReadRow} of the concept `c`, and the array of the codes. */
function foreseenColumns(
  { codes, withLinks = false }: Foreseen,
  parameters: BindParameters,
): { readonly columns: string; readonly asked: string } {
  // Not as one parameter: PostgreSQL knows how many they are, and keeps one plan.
  const asked = `ARRAY[${codes.map((code) => parameters.add(code, 'text')).join(', ')}]`;
  const columns = [conceptColumns, 'c.concept', withLinks ? linkColumns(beside) : 'c.ancestors'].join(', ');
  return { columns, asked };
}

// Made once: a text leads to the plan of its statement, and a new one is read through for that.
const textsOf = (withLinks: boolean): readonly string[] =>
  Array.from({ length: mostForeseen + 1 }, (_, number) => foreseenText(number, withLinks));
const [texts, textsWithLinks] = [textsOf(false), textsOf(true)];

/** The codes, each once, if they are worth reading together with their code system. */
export function worthReading(foreseen: Foreseen | undefined): Foreseen | undefined {
  const codes = [...new Set(foreseen?.codes)];
  return codes.length > 0 && codes.length <= mostForeseen ? { ...foreseen, codes } : undefined;
}

/** Content of rows of a statement with {@link joinForeseen} about the concepts of one code system. */
export const readBefore = ({ codes, withLinks = false }: Foreseen, rows: readonly Partial<ReadRow>[]): ReadBefore => ({
  codes: new Set(codes),
  withLinks,
  rows: new Map(rows.flatMap((row) => (typeof row.code === 'string' ? [[row.code, row as ReadRow]] : []))),
});

function isSelectedBelow(
  { code, strict }: Extract<Selection, { readonly kind: 'below' }>,
  row: ReadRow,
  { codes, rows }: ReadBefore,
): boolean | undefined {
  const { ancestors } = row;
  if (!codes.has(code) || !ancestors) return undefined;
  const above = rows.get(code);
  return (above !== undefined && ancestors.includes(above.concept)) || (!strict && row.code === code);
}

/** True if a concept that was read is one of a selection; undefined: the rows do not tell. */
export function isSelectedIn(selection: Selection, row: ReadRow, read: ReadBefore): boolean | undefined {
  switch (selection.kind) {
    case 'all':
      return true;
    case 'active':
      return (row.flags & 2) === 0;
    case 'codes':
      return selection.codes.includes(row.code);
    case 'below':
      return isSelectedBelow(selection, row, read);
    case 'not': {
      const isIt = isSelectedIn(selection.of, row, read);
      return isIt === undefined ? undefined : !isIt;
    }
    default:
      return undefined;
  }
}
