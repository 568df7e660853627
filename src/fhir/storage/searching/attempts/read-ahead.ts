import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../../../../auth/entries-up-to.js';
import type { Access } from '../../../../scope/access.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { findLookups, type Lookup } from '../../../../r4/search/links/include-lookups.js';
import type { Include, IncludeLink } from '../../../../r4/search/links/include.js';
import type { Following } from '../../../../r4/search/query/search-request.js';
import { type CountedRow, isCut, rowsWithin, withinBytes } from '../../reading/within-bytes.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { firstOf, isJudgedAlone, referringEntries, rowsWanted, type Wanted } from '../include-statement.js';
import { walkedCodes } from '../include-walk.js';
import type { LinkedVersion } from '../linked-version.js';
import type { AccessTo } from '../search-groups.js';
import type { PageRow } from '../search-page.js';
import type { PageOf } from '../search-statement.js';

/** A row of the page, or one that it leads to. */
export type RowAhead = PageRow & { readonly included?: boolean };

type IncludedRow = LinkedVersion & CountedRow;

/** The includes of a page of one type, and the types whose rows are read with it. */
export interface Ahead extends Following {
  readonly type: string;
  readonly accesses: readonly Access<'s'>[];
}

/** Each further type takes PostgreSQL 30 µs, whether rows lead to it or not. */
const mostTypes = 3;
const mostKept = 500;
const longestKey = 500;

/**
 * Reads the first level of includes by the statement of the page, in one round trip (docs/adr/0163). Only the rows tell which types they lead to:
 * those that the last page of these includes led to are taken, and counted if the rows lead to no others.
 */
export class ReadAhead {
  private madeLed: LRUCache<string, readonly string[]> | undefined;

  /**
   * The types that are read with a page, by their accesses: those that refer to its rows, and those that rows led to. Undefined where no page of these
   * includes was read yet, and where more than ids and references has to be looked for.
   */
  of(type: string, following: Following, accessTo: AccessTo): Ahead | undefined {
    const key = keyOf(type, following);
    const led = key === undefined ? undefined : this.led.get(key);
    const referring = referringLinks(type, following.includes).map((link) => link.type);
    if (key === undefined || (!led && linksOf(type, following.includes).length > 0)) return undefined;
    // Another caller may search less.
    const targets = new Set(linksOf(type, following.includes).flatMap((link) => [...link.targets]));
    const types = new Set([...(led ?? []).filter((one) => targets.has(one)), ...referring]);
    if (types.size === 0 || types.size > mostTypes) return undefined;
    return { ...following, type, accesses: [...types].toSorted().map(accessTo) };
  }

  /** Notes the types that the rows of a page lead to. Returns what came with them, if that is all they lead to. */
  included(
    { type, ...following }: Following & { readonly type: string },
    rows: readonly LinkedVersion[],
    came?: { readonly accesses: readonly Access[]; readonly rows: readonly IncludedRow[] },
  ): readonly IncludedRow[] | undefined {
    const key = keyOf(type, following);
    if (key === undefined) return undefined;
    const lookups = findLookups(rows, following.includes);
    const isComplete = came && [...lookups.keys()].every((one) => came.accesses.some((access) => access.type === one));
    if (isComplete && !isCut(came.rows) && came.rows.every((row) => isWanted(row, lookups))) return came.rows;
    const led = [...lookups].flatMap(([one, { ids }]) => (ids.size > 0 ? [one] : []));
    if (lookups.size > 0 && led.length <= mostTypes) this.led.set(key, led.toSorted());
    return undefined;
  }

  private get led(): LRUCache<string, readonly string[]> {
    return (this.madeLed ??= new LRUCache(entriesUpTo(mostKept)));
  }
}

/** True if the rows of the page lead to it. A reference to a version names an id, and leads nowhere. */
function isWanted({ type, id }: IncludedRow, lookups: ReadonlyMap<string, Lookup>): boolean {
  const { ids, referrers } = lookups.get(type) ?? {};
  return ids?.has(id) === true || (referrers?.length ?? 0) > 0;
}

/** The references of rows of the type. */
const linksOf = (type: string, includes: readonly Include[]): readonly IncludeLink[] =>
  includes.flatMap(({ kind, links }) => (kind === 'include' ? links.filter((link) => link.type === type) : []));

/** The references to rows of the type. */
const referringLinks = (type: string, includes: readonly Include[]): readonly IncludeLink[] =>
  includes.flatMap(({ kind, links }) =>
    kind === 'revinclude' ? links.filter(({ targets }) => targets.has(type)) : [],
  );

/**
 * Equal for pages whose rows are likely to lead to the same types. Undefined where canonicals have to be looked for, and where rows may lead to others of
 * their page, which are no includes then.
 */
function keyOf(type: string, { includes }: Following): string | undefined {
  const forward = linksOf(type, includes).every(({ byUrl, targets }) => !byUrl && !targets.has(type));
  const reverse = referringLinks(type, includes).every((link) => !link.byUrl && link.type !== type);
  const key = [type, ...includes.map(({ text }) => text)].join('&');
  return forward && reverse && key.length <= longestKey ? key : undefined;
}

/**
 * The statement of a page with what it leads to behind it; undefined where that could not be planned once. The row that tells whether another page
 * follows leads nowhere.
 */
export function statementAhead(page: Statement, pageOf: PageOf, ahead: Ahead, bytes: number): Statement | undefined {
  const { accesses, codes } = ahead;
  if (page.isPlannedOnce !== true || !accesses.every(isJudgedAlone)) return undefined;
  const { order, count, linkCodes = [] } = pageOf;
  const sized = withinBytes(page, bytes);
  const parameters = new BindParameters(sized.values);
  const limit = parameters.add(count, 'integer');
  const most = parameters.add(ahead.most, 'integer');
  const found = accesses.map((access) =>
    rowsWanted(access, { ...wantedAhead(access, { ...ahead, count }, parameters), codes, most }, parameters),
  );
  const places = [...order.placeColumns('r'), ...order.sortColumns].map(() => 'NULL');
  const links = linkCodes.length === 0 ? [] : [codes.length > 0 ? 'links' : 'NULL'];
  const columns = ['type, id, body', ...links, ...places, 'bytes_before, rows_found, true'];
  const text =
    `WITH page AS MATERIALIZED (${sized.text}), matches AS (SELECT * FROM page LIMIT ${limit}) ` +
    `SELECT page.*, false AS included FROM page UNION ALL SELECT ${columns.join(', ')} ` +
    `FROM (${rowsWithin(firstOf(found, most), parameters.add(bytes, 'double precision'))}) AS far`;
  return { text, values: parameters.values, isPlannedOnce: true };
}

/** Rows of a type that the matches refer to, or that refer to them. */
function wantedAhead(
  { type: wanted }: Access,
  { type, includes, count }: Ahead & { readonly count: number },
  parameters: BindParameters,
): Wanted {
  const starts = startsOf(wanted, linksOf(type, includes));
  const ofType = referringLinks(type, includes).filter((link) => link.type === wanted);
  const codes = [...new Set(ofType.map(({ parameter }) => parameter))];
  const leads = `(SELECT unnest(links) AS link FROM matches) AS leads`;
  const ids = (added: string) =>
    `ARRAY(SELECT split_part(link, '/', 2) FROM ${leads} WHERE split_part(link, '/', 1) = ANY (${added}))`;
  const target = `(SELECT type || '/' || id AS target FROM matches) AS named`;
  const byId = starts.length > 0 && { ids: ids(parameters.add(starts, 'text[]')) };
  const { walked, left } = type === 'Patient' ? walkedCodes(wanted, codes) : { walked: [], left: codes };
  return {
    ...byId,
    ...(walked.length > 0 && { patients: { codes: walked, ids: patientsFound } }),
    ...(left.length > 0 && {
      entries: { query: referringEntries(left, target, parameters), most: left.length * count },
    }),
  };
}

/** Ids have a collation of their own, and the index of all patients of a row has that of the database. */
const patientsFound = 'ARRAY(SELECT id COLLATE "default" FROM matches)';

/** How the index entries of references to the type begin, up to the id. */
const startsOf = (target: string, links: readonly IncludeLink[]): readonly string[] =>
  links.filter(({ targets }) => targets.has(target)).map(({ parameter }) => parameter + unitSeparator + target);
