import type { Access } from '../../../scope/access.js';
import type { Lookup, Referrers } from '../../../r4/search/links/include-lookups.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { hashToken } from '../../../r4/search/index/token-hash.js';
import { discloseRows } from '../reading/disclose.js';
import { shown } from '../reading/masked.js';
import { type CountedRow, isCut } from '../reading/within-bytes.js';
import { anyOf } from '../predicates/conditions.js';
import { type LinkedVersion, linkedVersion } from './linked-version.js';
import { tenant } from '../session/tenant-parameter.js';
import { wholeRowsOf } from '../partitions.js';
import { readsRowAlone } from '../predicates/row-alone.js';
import { sourceOf } from './found-rows.js';
import { accessPredicate } from '../predicates/predicate.js';
import { BindParameters, type Statement } from '../session/statement.js';

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

/**
 * One statement for one level, in the order of types and ids. Rows are judged before they are limited, and collected
 * before they are ordered: the planner would walk the order of ids to find the few that are referred to.
 */
export function includeStatement(request: IncludeRequest, accessTo: (type: string) => Access<'s'>): Statement {
  const parameters = new BindParameters();
  const most = parameters.add(request.most, 'integer');
  const accesses = [...request.lookups.keys()].toSorted().map(accessTo);
  const queries = accesses.map((access) => queryOfType(access, request, parameters, most));
  const isPlannedOnce = accesses.every((access) => isFoundById(access, request));
  return {
    text: `${queries.join(' UNION ALL ')} LIMIT ${most}`,
    values: parameters.values,
    ...(isPlannedOnce && { isPlannedOnce }),
  };
}

/** True if nothing but the primary key finds the rows, and nothing but themselves is looked at to judge them (docs/adr/0102). */
function isFoundById(access: Access<'s'>, { lookups }: IncludeRequest): boolean {
  const { entries, referrers } = lookups.get(access.type)!;
  return entries.size === 0 && referrers.length === 0 && isJudgedAlone(access);
}

/** True if nothing but the row itself is looked at to judge it. */
export const isJudgedAlone = (access: Access<'s'>): boolean => access.unrestricted || readsRowAlone(access.grants);

/** The rows of a type that `ids` is the condition of, judged one by one, in the order of ids. */
export function rowsOfIds(
  access: Access<'s'>,
  { ids, codes, known }: { readonly ids: string; readonly codes: readonly string[]; readonly known?: string },
  parameters: BindParameters,
): string {
  const { type } = access;
  const source = sourceOf(type, [`r.type = ${parameters.add(type, 'text')}`, ids]);
  const judged = judgedBy(access, known, parameters);
  const where = judged.length === 0 ? '' : ` WHERE ${judged.join(' AND ')}`;
  return `(SELECT ${linkedVersion('r', codes, parameters)} FROM ${source}${where} ORDER BY r.id)`;
}

/** Conditions on an included row: it was not found before, and the access reaches it. */
const judgedBy = (access: Access<'s'>, known: string | undefined, parameters: BindParameters): readonly string[] =>
  [...(known === undefined ? [] : [`r.id <> ALL (${known})`]), accessPredicate(access, 'r', parameters)].filter(
    (condition) => condition !== 'true',
  );

function queryOfType(access: Access<'s'>, request: IncludeRequest, parameters: BindParameters, most: string): string {
  const { lookups, codes } = request;
  const { type } = access;
  const wanted = lookupCondition(lookups.get(type)!, parameters);
  const known = parameters.add(request.known.get(type) ?? [], 'text[]');
  if (isFoundById(access, request)) return rowsOfIds(access, { ids: wanted, codes, known }, parameters);
  const isOfType = `r.type = ${parameters.add(type, 'text')}`;
  const judged = judgedBy(access, known, parameters);
  const ofType = `r.tenant = ${tenant} AND ${isOfType}`;
  const conditions = [ofType, 'NOT r.deleted', wanted, ...judged];
  return (
    `(WITH hits AS MATERIALIZED (SELECT r.id FROM ${wholeRowsOf(type)} AS r WHERE ${conditions.join(' AND ')}), ` +
    `page AS (SELECT id FROM hits ORDER BY id LIMIT ${most}) ` +
    `SELECT ${linkedVersion('r', codes, parameters)} FROM page JOIN ${wholeRowsOf(type)} AS r ` +
    `ON ${ofType} AND r.id = page.id ORDER BY r.id)`
  );
}

/** An index finds the hash of an entry, the entry itself decides. */
function lookupCondition({ ids, entries, referrers }: Lookup, parameters: BindParameters): string {
  const conditions: string[] = [];
  if (ids.size > 0) conditions.push(`r.id = ANY (${parameters.add([...ids], 'text[]')})`);
  if (entries.size > 0) {
    const hashes = parameters.add([...entries].map(hashToken), 'bigint[]');
    conditions.push(`(r.tok && ${hashes} AND r.val && ${parameters.add([...entries], 'text[]')})`);
  }
  return anyOf([...conditions, ...referrers.map((one) => referrersCondition(one, parameters))]);
}

/** The entries are many where a page is large: PostgreSQL makes them and their hashes, once, while others are served here. */
function referrersCondition({ codes, targets }: Referrers, parameters: BindParameters): string {
  const each =
    `unnest(${parameters.add(codes, 'text[]')}) AS code ` +
    `CROSS JOIN unnest(${parameters.add(targets, 'text[]')}) AS target`;
  const entry = `code || ${parameters.add(unitSeparator, 'text')} || target`;
  return `(r.tok && ARRAY(SELECT lanyard_token(${entry}) FROM ${each}) AND r.val && ARRAY(SELECT ${entry} FROM ${each}))`;
}
