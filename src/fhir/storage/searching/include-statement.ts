import type { Access } from '../../../scope/access.js';
import type { Lookup, Referrers } from '../../../r4/search/links/include-lookups.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { discloseRows } from '../reading/disclose.js';
import { shown } from '../reading/masked.js';
import { type CountedRow, isCut } from '../reading/within-bytes.js';
import { type LinkedVersion, linkedVersion } from './linked-version.js';
import { readsRowAlone } from '../predicates/row-alone.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import { keysAtOnce } from './far-ends.js';
import { sourceOf } from './found-rows.js';
import { patientWalk, walkedCodes, type WantedOfPatients } from './include-walk.js';
import { wholeRowsOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';

/** One level of includes. */
export interface IncludeRequest {
  /** By type. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Ids, by type, of what the answer holds already. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  readonly most: number;
  /** Bytes of content after which no more rows come. */
  readonly bytes?: number;
  /** Codes of the index entries that come with each row. */
  readonly codes: readonly string[];
}

export interface IncludedRows {
  readonly rows: readonly LinkedVersion[];
  /** There are more than had room. */
  readonly isCut: boolean;
}

/** Rows as the caller is shown them, told to the audit: the last one of too many only shows that there are more. */
export function handedOut(
  found: readonly (LinkedVersion & CountedRow)[],
  most: number,
  accessTo: (type: string) => Access<'s'>,
): IncludedRows {
  if (found[0]) discloseRows(accessTo(found[0].type), found.slice(0, most - 1));
  return { rows: shown(found, accessTo), isCut: isCut(found) };
}

/** Each reverse include of all types would make a plan of megabytes, on each connection. */
const mostReverse = 8;

/** One statement for one level, in the order of types and ids. Rows are judged before they are limited. */
export function includeStatement(request: IncludeRequest, accessTo: (type: string) => Access<'s'>): Statement {
  const parameters = new BindParameters();
  const most = parameters.add(request.most, 'integer');
  const accesses = [...request.lookups.keys()].toSorted().map(accessTo);
  const queries = accesses.map((access) => {
    const wanted = wantedOf(access, request.lookups.get(access.type)!, parameters);
    const known = parameters.add(request.known.get(access.type) ?? [], 'text[]');
    return rowsWanted(access, { ...wanted, codes: request.codes, known, most }, parameters);
  });
  const reverse = [...request.lookups.values()].filter((lookup) => !isOfIds(lookup)).length;
  const isPlannedOnce = reverse <= mostReverse && accesses.every(isJudgedAlone);
  return {
    text: firstOf(queries, most),
    values: parameters.values,
    ...(isPlannedOnce && { isPlannedOnce }),
  };
}

/** The first rows of queries that have no more than so many each. */
export const firstOf = (queries: readonly string[], most: string): string =>
  queries.length === 1 ? queries[0]! : `${queries.join(' UNION ALL ')} LIMIT ${most}`;

const isOfIds = ({ entries, referrers }: Lookup): boolean => entries.size === 0 && referrers.length === 0;

/** True if nothing but the row itself is looked at to judge it. */
export const isJudgedAlone = (access: Access<'s'>): boolean => access.unrestricted || readsRowAlone(access.grants);

/** Rows of one type to look for, as SQL: an array of ids, index entries of which they have one, patients they refer to, or several of these. */
export interface Wanted {
  readonly ids?: string;
  readonly entries?: SoughtEntries;
  readonly patients?: WantedOfPatients;
}

/** A query of index entries and their hashes, and how many there are at most. */
interface SoughtEntries {
  readonly query: string;
  readonly most: number;
}

interface WantedRows extends Wanted {
  readonly codes: readonly string[];
  readonly most: string;
  /** Ids of rows that need not come. */
  readonly known?: string;
}

/** The rows of a type that are wanted, judged one by one, in the order of ids. */
export function rowsWanted(access: Access<'s'>, wanted: WantedRows, parameters: BindParameters): string {
  const { ids, entries, patients, codes, most, known } = wanted;
  const isOfType = `r.type = ${parameters.add(access.type, 'text')}`;
  const judged = judgedBy(access, known, parameters);
  const where = judged.length === 0 ? '' : ` WHERE ${judged.join(' AND ')}`;
  const columns = linkedVersion('r', codes, parameters);
  const select = (source: string): string => `SELECT ${columns} FROM ${source}${where}`;
  const first = (source: string): string => `${select(source)} ORDER BY r.id LIMIT ${most}`;
  if (entries && (patients || entries.most > keysAtOnce)) {
    const found = idsFound(access, { ...wanted, entries }, [isOfType, ...judged], parameters);
    return `(WITH ${found.ctes} ${first(sourceById(access.type, found.ids, isOfType))})`;
  }
  if (patients) {
    const conditions = [isOfType, ...judged, ...without(ids)];
    const walk = patientWalk(access, patients, { columns, judged: conditions, most }, parameters);
    const byId = ids === undefined ? [] : [select(sourceById(access.type, ids, isOfType))];
    const all = [...walk.queries, ...byId].join(' UNION ALL ');
    return `(WITH ${walk.ctes} SELECT * FROM (${all}) AS r ORDER BY r.id LIMIT ${most})`;
  }
  const rows = first(sourceWanted(access.type, { ...(ids && { ids }), ...(entries && { entries }) }, isOfType));
  return entries === undefined ? `(${rows})` : `(WITH ${soughtEntries(entries)} ${rows})`;
}

/**
 * The ids of the first rows, as an SQL array, where more than one index or many looks into one find them (docs/adr/0187): a row that several of
 * them find counts once. `judged` are the conditions on each row. Of a type without rows nothing is hashed.
 */
function idsFound(
  access: Access<'s'>,
  { ids, entries, patients, most }: WantedRows & { readonly entries: SoughtEntries },
  judged: readonly [isOfType: string, ...others: string[]],
  parameters: BindParameters,
): { readonly ctes: string; readonly ids: string } {
  const select = (source: string, ...conditions: readonly string[]): string =>
    `SELECT r.id FROM ${source} WHERE ${[...conditions, ...judged].join(' AND ')}`;
  const walk = patients && patientWalk(access, patients, { columns: 'r.id', judged, most }, parameters);
  const hashed = 'r.tok && part.hashes';
  const byEntry = `part CROSS JOIN LATERAL ${sourceOf(access.type, [hashed, hashed])}`;
  const anyRow = `SELECT FROM ${wholeRowsOf(access.type)} AS r WHERE r.tenant = ${tenant} AND ${judged[0]}`;
  const queries = [
    ...(walk ? walk.queries : []),
    ...(ids === undefined ? [] : [select(sourceById(access.type, ids, judged[0]))]),
    select(byEntry, `EXISTS (${anyRow})`, 'r.val && part.entries'),
  ];
  return {
    ctes: [...(walk ? [walk.ctes] : []), partsOf(entries)].join(', '),
    ids: `ARRAY(SELECT DISTINCT id FROM (${queries.join(' UNION ALL ')}) AS found ORDER BY id LIMIT ${most})`,
  };
}

const arrays = 'SELECT array_agg(entry) AS entries, array_agg(hash) AS hashes';

const soughtEntries = ({ query }: SoughtEntries): string =>
  `sought AS MATERIALIZED (${arrays} FROM (${query}) AS one (entry, hash))`;

const partsOf = ({ query }: SoughtEntries): string =>
  `part AS MATERIALIZED (${arrays} FROM (SELECT entry, hash, (row_number() OVER () - 1) / ${keysAtOnce} AS number ` +
  `FROM (${query}) AS one (entry, hash)) AS numbered GROUP BY number)`;

/** One index for the ids, and one for the hashes of entries, of which the entries themselves decide: no value changes which (docs/adr/0102). */
function sourceWanted(type: string, { ids, entries }: Wanted, isOfType: string): string {
  const byId = ids === undefined ? '' : sourceById(type, ids, isOfType);
  if (entries === undefined) return byId;
  const hashed = 'r.tok && (SELECT hashes FROM sought)';
  const once = without(ids)
    .map((condition) => ` AND ${condition}`)
    .join('');
  const byEntry =
    `SELECT r.* FROM ${sourceOf(type, [hashed, hashed])} ` +
    `WHERE ${isOfType} AND r.val && (SELECT entries FROM sought)${once}`;
  return byId === '' ? `(${byEntry}) AS r` : `(SELECT r.* FROM ${byId} UNION ALL ${byEntry}) AS r`;
}

const sourceById = (type: string, ids: string, isOfType: string): string =>
  sourceOf(type, [isOfType, `r.id = ANY (${ids})`]);

/** Rows that are found by their ids come once. */
const without = (ids: string | undefined): readonly string[] => (ids === undefined ? [] : [`r.id <> ALL (${ids})`]);

/** Conditions on an included row: it was not found before, and the access reaches it. */
const judgedBy = (access: Access<'s'>, known: string | undefined, parameters: BindParameters): readonly string[] =>
  [...(known === undefined ? [] : [`r.id <> ALL (${known})`]), accessPredicate(access, 'r', parameters)].filter(
    (condition) => condition !== 'true',
  );

function wantedOf(access: Access<'s'>, lookup: Lookup, parameters: BindParameters): Wanted {
  const { patients, referrers } = withPatients(access, lookup.referrers);
  const queries: string[] = [];
  const entries = [...lookup.entries];
  let most = entries.length;
  if (most > 0) {
    const hashes = parameters.add(storedHashes(entries), 'bigint[]');
    queries.push(`SELECT * FROM unnest(${parameters.add(entries, 'text[]')}, ${hashes}) AS asked`);
  }
  for (const { codes, targets } of referrers) {
    queries.push(referringEntries(codes, `unnest(${parameters.add(targets, 'text[]')}) AS target`, parameters));
    most += codes.length * targets.length;
  }
  return {
    ...(lookup.ids.size > 0 && { ids: parameters.add([...lookup.ids], 'text[]') }),
    ...(queries.length > 0 && { entries: { query: queries.join(' UNION ALL '), most } }),
    ...(patients && { patients: { ...patients, ids: parameters.add(patients.ids, 'text[]') } }),
  };
}

interface Split {
  readonly patients?: { readonly codes: readonly string[]; readonly ids: readonly string[] };
  readonly referrers: readonly Referrers[];
}

/** Splits the references to one list of patients: those that an index has patient by patient, and all others. Other references are not split. */
function withPatients(access: Access<'s'>, referrers: readonly Referrers[]): Split {
  const [referrer, ...others] = referrers;
  const isOfPatients = referrer?.targets.every((target) => target.startsWith(patientStart));
  if (!referrer || !isOfPatients || others.length > 0 || !isJudgedAlone(access)) return { referrers };
  const { walked, left } = walkedCodes(access.type, referrer.codes);
  if (walked.length === 0) return { referrers };
  const ids = referrer.targets.map((target) => target.slice(patientStart.length));
  return { patients: { codes: walked, ids }, referrers: left.length === 0 ? [] : [{ ...referrer, codes: left }] };
}

const patientStart = 'Patient/';

/**
 * The entries of any of the parameters that refer to any `target` of the row source; they are many where a page is large. PostgreSQL hashes each
 * once, while others are served here.
 */
export const referringEntries = (codes: readonly string[], targets: string, parameters: BindParameters): string =>
  `SELECT entry, lanyard_own_token(${tenant}, entry) FROM unnest(${parameters.add(codes, 'text[]')}) AS code CROSS JOIN ${targets} ` +
  `CROSS JOIN LATERAL (SELECT code || ${parameters.add(unitSeparator, 'text')} || target) AS made (entry)`;
