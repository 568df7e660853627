import type { Selection } from '../../../r4/search/query/concept-selection.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import { linkColumns, type Links, linksIn } from './links.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';

/** Codes that are read together with their code system; of more than a few a statement of their own is no loss. */
const mostForeseen = 5;

/** A concept as its row says it. */
export interface ConceptRow extends Record<string, unknown> {
  readonly code: string;
  readonly display: string | null;
  readonly flags: number;
  readonly told: string;
}

/** Columns of the concept `c`. */
export const conceptColumns = 'c.code, c.display, c.flags, c.told';

export interface ReadRow extends ConceptRow, Partial<Links> {
  readonly concept: number;
  /** Numbers of all concepts above it; undefined where its links were read, which are asked for in their place. */
  readonly ancestors?: readonly number[];
}

/** As it is stored: `links` is null in rows of a release of the server that did not store them. */
type StoredRow = ReadRow & { readonly links?: string | null };

/** Concepts that were read together with their code system. */
export interface ReadBefore {
  readonly codes: ReadonlySet<string>;
  readonly withLinks: boolean;
  readonly rows: ReadonlyMap<string, ReadRow>;
}

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

/** Selects concepts of one load with their links, for rows that do not have them in themselves. */
export function linkedStatement(load: number, codes: readonly string[]): Statement {
  const parameters = new BindParameters();
  const text =
    `SELECT ${conceptColumns}, c.concept, ${linkColumns} FROM terminology_concept AS c ` +
    `WHERE c.tenant = ${tenant} AND c.load = ${parameters.add(load, 'integer')} AND c.code = ANY (${parameters.add(codes, 'text[]')})`;
  return { isPrepared: true, text, values: parameters.values };
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
  const columns = [conceptColumns, 'c.concept', withLinks ? 'c.links' : 'c.ancestors'].join(', ');
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
  rows: new Map(
    rows.flatMap((row) => (typeof row.code === 'string' ? [[row.code, withLinksOf(row as StoredRow)]] : [])),
  ),
});

function withLinksOf(stored: StoredRow): ReadRow {
  // As it is, where none were asked for: a copy takes longer than all else that is done with the row.
  if (typeof stored.links !== 'string') return stored;
  const { links, ...row } = stored;
  return { ...row, ...linksIn(links) };
}

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
