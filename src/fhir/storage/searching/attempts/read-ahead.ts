import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../../../../auth/entries-up-to.js';
import type { Access } from '../../../../scope/access.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { findLookups } from '../../../../r4/search/links/include-lookups.js';
import type { Include, IncludeLink } from '../../../../r4/search/links/include.js';
import type { Following } from '../../../../r4/search/query/search-request.js';
import { type CountedRow, isCut, rowsWithin, withinBytes } from '../../reading/within-bytes.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { isJudgedAlone, rowsOfIds } from '../include-statement.js';
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

  /** The types that are read with a page, by their accesses. Undefined where no page of these includes was read yet, and where ids alone do not find the included rows. */
  of(type: string, following: Following, accessTo: AccessTo): Ahead | undefined {
    const key = keyOf(type, following);
    const led = key === undefined ? undefined : this.led.get(key);
    if (!led) return undefined;
    // Another caller may search less.
    const targets = new Set(linksOf(type, following.includes).flatMap((link) => [...link.targets]));
    const accesses = led.filter((one) => targets.has(one)).map(accessTo);
    return accesses.length > 0 ? { ...following, type, accesses } : undefined;
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
    // A reference to a version names an id, and leads nowhere.
    if (isComplete && !isCut(came.rows) && came.rows.every((row) => lookups.get(row.type)?.ids.has(row.id)))
      return came.rows;
    if (lookups.size > 0 && lookups.size <= mostTypes) this.led.set(key, [...lookups.keys()].toSorted());
    return undefined;
  }

  private get led(): LRUCache<string, readonly string[]> {
    return (this.madeLed ??= new LRUCache(entriesUpTo(mostKept)));
  }
}

/** The references of rows of the type. */
const linksOf = (type: string, includes: readonly Include[]): readonly IncludeLink[] =>
  includes.flatMap(({ links }) => links.filter((link) => link.type === type));

/**
 * Equal for pages whose rows are likely to lead to the same types. Undefined where more than ids has to be looked for, and where rows may lead to others of
 * their page, which are no includes then.
 */
function keyOf(type: string, { includes }: Following): string | undefined {
  const isOfIds = linksOf(type, includes).every(({ byUrl, targets }) => !byUrl && !targets.has(type));
  const key = [type, ...includes.map(({ text }) => text)].join('&');
  return isOfIds && includes.every(({ kind }) => kind === 'include') && key.length <= longestKey ? key : undefined;
}

/**
 * The statement of a page with what it leads to behind it; undefined where that could not be planned once. The row that tells whether another page
 * follows leads nowhere.
 */
export function statementAhead(page: Statement, { order, count }: PageOf, ahead: Ahead, bytes: number) {
  const { type, accesses, includes, codes, most } = ahead;
  if (page.isPlannedOnce !== true || !accesses.every(isJudgedAlone)) return undefined;
  const sized = withinBytes(page, bytes);
  const parameters = new BindParameters(sized.values);
  const matches = `SELECT links FROM page LIMIT ${parameters.add(count, 'integer')}`;
  const links = linksOf(type, includes);
  const found = accesses.map((access) => {
    const starts = parameters.add(startsOf(access.type, links), 'text[]');
    const ids = `SELECT split_part(link, '/', 2) FROM leads WHERE split_part(link, '/', 1) = ANY (${starts})`;
    return rowsOfIds(access, { ids: `r.id = ANY (ARRAY(${ids}))`, codes }, parameters);
  });
  const first = `${found.join(' UNION ALL ')} LIMIT ${parameters.add(most, 'integer')}`;
  const places = [...order.placeColumns('r'), ...order.sortColumns].map(() => 'NULL');
  const columns = ['type, id, body', codes.length > 0 ? 'links' : 'NULL', ...places, 'bytes_before, rows_found, true'];
  const text =
    `WITH page AS MATERIALIZED (${sized.text}), leads AS (SELECT unnest(links) AS link FROM (${matches}) AS matches) ` +
    `SELECT page.*, false AS included FROM page UNION ALL SELECT ${columns.join(', ')} ` +
    `FROM (${rowsWithin(first, parameters.add(bytes, 'double precision'))}) AS far`;
  return { text, values: parameters.values, isPlannedOnce: true } satisfies Statement;
}

/** How the index entries of references to the type begin, up to the id. */
const startsOf = (target: string, links: readonly IncludeLink[]): readonly string[] =>
  links.filter(({ targets }) => targets.has(target)).map(({ parameter }) => parameter + unitSeparator + target);
