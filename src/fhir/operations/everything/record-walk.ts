import type { RequestContext } from '../../../scope/request-context.js';
import type { AnswerBudget } from '../../interactions/answer-budget.js';
import { narrowedTargets, type TargetMeans } from '../../interactions/search/narrowed-targets.js';
import { readableRows } from '../../interactions/search/readable-rows.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import type { SearchTarget } from '../../storage/searching/search-groups.js';
import { keyOf } from '../../storage/writing/resource-key.js';
import type { RecordOf, RecordRows } from './record-rows.js';

/** A row, as a page link names it: the record that it was found in, its type and its id. */
export interface WalkPlace {
  readonly record: string;
  readonly type: string;
  readonly id: string;
}

export interface WalkedPage {
  readonly rows: readonly LinkedVersion[];
  /** Place of the last row, where more follow. */
  readonly next?: WalkPlace;
}

/** The types that one call reads, in order; the owner of a record first. */
export interface Walk {
  readonly context: RequestContext;
  readonly records: readonly RecordOf[];
  readonly types: readonly string[];
  readonly rows: RecordRows;
  readonly budget: AnswerBudget;
}

/** Types that the first statement of a page looks at; each further one at twice as many. */
const firstTypes = 4;

/**
 * One page of records in the order of records, types and ids. Types are looked at a few at a time, so that a page costs what
 * the types on it have, and not what the record has.
 */
export async function walkRecords(
  means: TargetMeans,
  walk: Walk,
  count: number,
  after?: WalkPlace,
): Promise<WalkedPage> {
  const page = new Page(means, walk, count);
  for (const record of walk.records) {
    if (after && record.id < after.record) continue;
    const isWhole = await page.take(record, after && record.id === after.record ? after : undefined);
    if (!isWhole) break;
  }
  return page.end();
}

class Page {
  private readonly rows: LinkedVersion[] = [];
  private readonly known = new Set<string>();
  private last: WalkPlace | undefined;
  private left: number;
  private hasMore = false;

  constructor(
    private readonly means: TargetMeans,
    private readonly walk: Walk,
    count: number,
  ) {
    this.left = count;
  }

  /** Takes rows of a record; false once the page is full. */
  async take(record: RecordOf, after: WalkPlace | undefined): Promise<boolean> {
    const { types } = this.walk;
    let first = after ? types.indexOf(after.type) : 0;
    let place = after;
    for (let size = firstTypes; first < types.length; size *= 2) {
      // The owner leads; others are in the order of a search of several types.
      const chunk = types.slice(first, first === 0 && types[0] === record.owner ? 1 : first + size);
      if (await this.fill(record, chunk, place)) return false;
      first += chunk.length;
      place = undefined;
    }
    return true;
  }

  /** True if rows are left over. */
  private async fill(record: RecordOf, types: readonly string[], place: WalkPlace | undefined): Promise<boolean> {
    const { context, budget } = this.walk;
    const targets = await this.targetsOf(record, types);
    const request = { count: budget.isSpent ? 0 : this.left, bytes: budget.bytes, ...afterPlace(place, types) };
    const found = await this.means.resources.search(targets, request, (type) => context.accessTo(type, 's'));
    for (const { body } of found.rows) budget.take(body);
    this.left -= found.rows.length;
    const last = found.rows.at(-1);
    if (last) this.last = { record: record.id, type: last.type, id: last.id };
    for (const row of await readableRows(context, this.means.resources, found.rows)) this.add(row);
    this.hasMore = found.hasNext;
    return found.hasNext;
  }

  /** Removes duplicates: a resource in two records of one page is there once. */
  private add(row: LinkedVersion): void {
    if (this.known.has(keyOf(row))) return;
    this.known.add(keyOf(row));
    this.rows.push(row);
  }

  private async targetsOf(record: RecordOf, types: readonly string[]): Promise<readonly SearchTarget[]> {
    const { context, rows } = this.walk;
    const asked = types.map((type) => ({ type, criteria: rows.criteriaOf(record, type) }));
    return narrowedTargets(this.means, context, asked);
  }

  end(): WalkedPage {
    return { rows: this.rows, ...(this.hasMore && this.last && { next: this.last }) };
  }
}

/** A search of one type has places of the id alone. */
const afterPlace = (place: WalkPlace | undefined, types: readonly string[]): { readonly after?: readonly string[] } =>
  place ? { after: types.length > 1 ? [place.type, place.id] : [place.id] } : {};
