import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { inTurns } from '../../../r4/json/turns.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { type AnswerBudget, TooCostly } from '../../interactions/answer-budget.js';
import type { SearchInteraction } from '../../interactions/search/search.interaction.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import { type Allowance, tooLarge } from './allowance.js';
import { type AskedSearch, cursorOf, linkedQuery } from './search-query.js';

/** A search of a field. */
export interface WantedSearch extends AskedSearch {
  /** A page with links to others; otherwise all matches, or none. */
  readonly isPaged: boolean;
  /** With the total of all pages. */
  readonly counts: boolean;
  /** Matches at most, as the query says. */
  readonly most: number | undefined;
}

/** A search within resources. */
export type LinkedSearch = Required<Pick<AskedSearch, 'link'>>;

interface MatchingMeans {
  readonly context: RequestContext;
  readonly budget: AnswerBudget;
  readonly searches: SearchInteraction;
}

/** Runs searches of fields: each page is the interaction itself. */
export class Matching {
  constructor(
    private readonly means: MatchingMeans,
    private readonly allowance: Allowance,
  ) {}

  /** A connection (https://hl7.org/fhir/R4/graphql.html#searching); of a list, edges alone. */
  run(search: WantedSearch): Promise<JsonObject> {
    const { link } = search;
    const asked = link ? { ...search, query: linkedQuery(search, link.code, [link.target]) } : search;
    return search.isPaged ? this.connection(asked) : this.list(asked);
  }

  /**
   * Lists or pages of one field within several resources, in one search: for each, by `Type/id`, the matches that refer to it. Those are missing
   * that have to be searched for alone: a page that is not the only one, and all of them where they have more matches together than one answer
   * may have, but no more may be asked of each.
   */
  async within(
    search: WantedSearch & LinkedSearch,
    targets: readonly string[],
  ): Promise<ReadonlyMap<string, JsonObject>> {
    const { context, budget, searches } = this.means;
    const { type, most, link, isPaged } = search;
    this.allowance.take('searches', 1);
    if (budget.isSpent) throw tooLarge();
    const count = this.allowance.most.resources;
    const asked = { type, query: linkedQuery(search, link.code, targets) };
    const page = await searches.matches(context, asked, { count, bytes: budget.bytes, linkCodes: [link.code] });
    if (page.hasNext && (isPaged || most !== undefined)) return new Map();
    if (page.hasNext) throw tooManyMatches(type, count);
    const found = byTarget(page.rows, link.code, targets);
    if (isPaged) return this.onlyPages(found, most);
    for (const { body } of page.rows) budget.take(body);
    const lists = new Map<string, JsonObject>();
    for (const [target, rows] of found) lists.set(target, { edges: await this.edges(rows.slice(0, most)) });
    return lists;
  }

  /** Pages that hold all matches of their resource. */
  private async onlyPages(
    found: ReadonlyMap<string, readonly LinkedVersion[]>,
    most: number | undefined,
  ): Promise<ReadonlyMap<string, JsonObject>> {
    const { searchCountDefault, searchCountMax } = this.means.searches.options;
    const pagesize = most ?? searchCountDefault;
    const pages = new Map<string, JsonObject>();
    for (const [target, rows] of found) {
      if (rows.length > Math.min(pagesize, searchCountMax)) continue;
      for (const { body } of rows) this.means.budget.take(body);
      pages.set(target, { count: rows.length, offset: 0, pagesize, edges: await this.edges(rows) });
    }
    return pages;
  }

  private async edges(rows: readonly LinkedVersion[]): Promise<readonly JsonObject[]> {
    this.allowance.take('resources', rows.length);
    return inTurns(rows, async ({ body }) => ({ mode: 'match', resource: await readStored(body) }));
  }

  private async connection({ type, query, offset, counts, most }: WantedSearch): Promise<JsonObject> {
    const { searchCountDefault } = this.means.searches.options;
    const asked = withMore(query, { _count: most, _total: counts ? 'accurate' : undefined });
    const { edges, total, next, previous } = await this.page(type, asked);
    const pagesize = Number(asked.get('_count') ?? searchCountDefault);
    return {
      ...(total !== undefined && { count: total }),
      offset,
      pagesize,
      ...(next !== undefined && { next: cursorOf({ type, offset: offset + edges.length }, next) }),
      ...(previous !== undefined && { previous: cursorOf({ type, offset: Math.max(0, offset - pagesize) }, previous) }),
      edges,
    };
  }

  private async list({ type, query, most }: WantedSearch): Promise<JsonObject> {
    const bound = most ?? this.allowance.most.resources;
    const { searchCountMax } = this.means.searches.options;
    const edges: JsonObject[] = [];
    let next: string | undefined;
    let asked = withMore(query, { _count: Math.min(bound, searchCountMax) });
    do {
      const page = await this.page(type, asked);
      edges.push(...page.edges);
      ({ next } = page);
      asked = new URLSearchParams(next?.split('?').slice(1).join('?'));
    } while (next !== undefined && edges.length < bound);
    if (next !== undefined && most === undefined) throw tooManyMatches(type, bound);
    return { edges: edges.slice(0, bound) };
  }

  private async page(type: string, query: URLSearchParams) {
    const { context, budget, searches } = this.means;
    this.allowance.take('searches', 1);
    if (budget.isSpent) throw tooLarge();
    const text = await searches.run(context, { type }, query, { handling: 'strict', budget });
    const bundle = await readStored(text);
    const edges = objectsOf(bundle['entry']).flatMap(edgeOf);
    this.allowance.take('resources', edges.length);
    const linkOf = (relation: string): string | undefined => {
      const link = objectsOf(bundle['link']).find((one) => one['relation'] === relation);
      return link && textOf(link['url']);
    };
    return { edges, total: bundle['total'], next: linkOf('next'), previous: linkOf('previous') };
  }
}

/** Rows by what they refer to, in their order; one row may refer to several. */
function byTarget(
  rows: readonly LinkedVersion[],
  code: string,
  targets: readonly string[],
): ReadonlyMap<string, readonly LinkedVersion[]> {
  const found = new Map(targets.map((target): [string, LinkedVersion[]] => [code + unitSeparator + target, []]));
  for (const row of rows) for (const link of row.links ?? []) found.get(link)?.push(row);
  return new Map(targets.map((target) => [target, found.get(code + unitSeparator + target)!]));
}

/** Parameters that are given and not there yet. */
function withMore(
  query: URLSearchParams,
  more: Readonly<Record<string, string | number | undefined>>,
): URLSearchParams {
  const asked = new URLSearchParams(query);
  for (const [name, value] of Object.entries(more)) {
    if (value !== undefined && !asked.has(name)) asked.set(name, String(value));
  }
  return asked;
}

/** Outcomes of a search are remarks, and no matches. */
function edgeOf({ resource, search }: JsonObject): readonly JsonObject[] {
  if (!isObject(resource) || !isObject(search) || search['mode'] !== 'match') return [];
  const { score } = search;
  return [{ mode: 'match', ...(score !== undefined && { score }), resource }];
}

const tooManyMatches = (type: string, most: number): TooCostly =>
  new TooCostly(
    `More than ${most} resources match ${type}List, which is all or nothing. Ask for fewer with _count, or by pages with ${type}Connection.`,
  );
