import type { SearchPlace, SearchRequest, SortRule } from '../../../r4/search/query/search-request.js';
import { isDateOrder, isIndexedOrder, onlyPatient } from './indexed-orders.js';
import { allOf, anyOf } from '../predicates/conditions.js';
import type { SortSlots } from './sort-slots.js';
import type { BindParameters } from '../session/statement.js';
import type { LinkedVersion } from './linked-version.js';
import { lastUpdated } from '../reading/stored-version.js';

/** A row with the values of its sort keys: those that are no columns as `k0`, `k1`, … */
export type FoundRow = LinkedVersion & { readonly lastUpdated?: string } & Readonly<
    Record<`k${number}`, string | null>
  >;

interface OrderKey {
  /** The column that holds it in what {@link SearchOrder.columns} selects. */
  readonly name: string;
  /** The value in `row`, an alias of the stored rows. */
  value(row: string): string;
  readonly bindType: 'text' | 'numeric' | 'timestamptz';
  /** True if rows can be without a value: they come last, in either direction. */
  readonly isOptional: boolean;
  readonly descending: boolean;
  /** The value of a row as text. */
  read(row: FoundRow): string | null;
}

/**
 * The total order of a search (docs/adr/0008), walked forward, or backward from the place that a page ends at.
 * Ties go by type and id, in the direction of the last key, so that an index of the key can be walked.
 */
export class SearchOrder {
  private readonly keys: readonly OrderKey[];
  readonly isBackward: boolean;
  private readonly from: SearchPlace | undefined;
  private readonly until: string | undefined;
  /** True if an index has the order of the only sort key, a parameter. */
  readonly isIndexed: boolean;
  private readonly isByDate: boolean;

  /** `types`: those that are searched, one if it is to be sorted by a parameter or `isByPatient`, which takes no other sort key. */
  constructor(
    types: readonly string[],
    { sort = [], after, before, until }: SearchRequest,
    slots: SortSlots,
    readonly isByPatient = false,
  ) {
    const descending = sort.at(-1)?.descending ?? false;
    const keys = isByPatient ? [patientKey] : sort.map((rule, i) => keyOf(rule, types[0] ?? '', slots, i));
    const ties = ['type', 'id'].filter((name) => types.length > 1 || name === 'id');
    const missing = ties.filter((name) => !keys.some((key) => key.name === name));
    this.keys = [...keys, ...missing.map((name) => columnKey(name as 'type' | 'id', descending))];
    this.isBackward = before !== undefined;
    this.from = after ?? before;
    this.until = until;
    this.isIndexed = types.length === 1 && isIndexedOrder(types[0]!, sort);
    this.isByDate = this.isIndexed && isDateOrder(types[0]!, sort);
  }

  /** The sort key in `row`, where it is the date that the only type is ordered by, and an index has it; from the newest? */
  dateKey(row: string): { readonly key: string; readonly newestFirst: boolean } | undefined {
    const [key] = this.keys;
    return this.isByDate && key ? { key: key.value(row), newestFirst: key.descending } : undefined;
  }

  /** The place that the page starts after, or ends before. */
  get place(): SearchPlace | undefined {
    return this.from;
  }

  /** True if only stored columns are compared. */
  get isPlain(): boolean {
    return this.sortColumns.length === 0;
  }

  /** True if only ids are compared. */
  get isById(): boolean {
    return this.keys.length === 1 && this.keys[0]!.name === 'id';
  }

  /** Names of the sort keys that are no columns of a version. */
  get sortColumns(): readonly string[] {
    return this.keys.filter(({ name }) => name.startsWith('k')).map(({ name }) => name);
  }

  /** Select list of what a row's place is read from, beside its type, its id and {@link sortColumns}. */
  placeColumns(row: string): readonly string[] {
    return this.keys.some(({ name }) => name === 'updated') ? [lastUpdated(row)] : [];
  }

  /** Select list of what identifies and orders a row. */
  columns(row: string): string {
    return [...['type', 'id', 'updated'].map((name) => `${row}.${name}`), ...this.sortValues(row)].join(', ');
  }

  /** Select list of {@link sortColumns}. */
  sortValues(row: string): readonly string[] {
    const values = this.keys.filter(({ name }) => name.startsWith('k'));
    return values.map((key) => `${key.value(row)} AS ${key.name}`);
  }

  /** `row`: an alias of what {@link columns} selects; `ofOneType`: where all rows are of one. */
  orderBy(row: string, ofOneType = false): string {
    const keys = this.keys.filter(({ name }) => !(ofOneType && name === 'type'));
    return `ORDER BY ${keys.map((key) => this.inDirection(key, `${row}.${key.name}`)).join(', ')}`;
  }

  /** {@link orderBy} of stored rows. */
  orderByValues(row: string): string {
    return `ORDER BY ${this.keys.map((key) => this.inDirection(key, key.value(row))).join(', ')}`;
  }

  private inDirection({ descending, isOptional }: OrderKey, value: string): string {
    const direction = descending === this.isBackward ? 'ASC' : 'DESC';
    return `${value} ${direction}${isOptional ? ` NULLS ${this.isBackward ? 'FIRST' : 'LAST'}` : ''}`;
  }

  /** The conditions that a stored row lies ahead of the place; none on a first page. */
  position(row: string, parameters: BindParameters): readonly string[] {
    if (!this.from) return [];
    const [first] = this.keys;
    const isUniform = this.keys.every((key) => !key.isOptional && key.descending === first!.descending);
    return [
      isUniform ? this.compareRows(row, this.from, parameters) : this.ahead(row, this.from, parameters, 0),
      ...this.changedBefore(row, parameters),
    ];
  }

  /**
   * The conditions of {@link position} in parts that follow each other, each a start from which an index can be
   * walked: without them the pages before would be read to find this one.
   */
  stretches(row: string, parameters: BindParameters): readonly (readonly string[])[] {
    const [key] = this.keys;
    if (!this.isIndexed || !this.from || !key) return [this.position(row, parameters)];
    const isNull = `${key.value(row)} IS NULL`;
    const until = this.changedBefore(row, parameters);
    if (this.from[0] === null) {
      const last = this.ahead(row, this.from, parameters, 1);
      const inTail = [isNull, last, ...until];
      return this.isBackward ? [inTail, [`${key.value(row)} IS NOT NULL`, ...until]] : [inTail];
    }
    const near = [this.compareRows(row, this.from, parameters), ...until];
    return this.isBackward ? [near] : [near, [isNull, ...until]];
  }

  placeOf(row: FoundRow): SearchPlace {
    return this.keys.map((key) => key.read(row));
  }

  private changedBefore(row: string, parameters: BindParameters): readonly string[] {
    return this.until === undefined ? [] : [`${row}.updated <= ${parameters.add(this.until, 'timestamptz')}`];
  }

  /** One comparison of rows: an index serves it. */
  private compareRows(row: string, from: SearchPlace, parameters: BindParameters): string {
    const columns = this.keys.map((key) => key.value(row));
    const place = this.keys.map(({ bindType }, i) => parameters.add(from[i]!, bindType));
    return `(${columns.join(', ')}) ${this.comparison(this.keys[0]!)} (${place.join(', ')})`;
  }

  /** Ahead by this key, or equal in it and ahead by the next ones. */
  private ahead(row: string, from: SearchPlace, parameters: BindParameters, at: number): string {
    const key = this.keys[at];
    if (!key) return 'false';
    const text = from[at] ?? null;
    const value = key.value(row);
    if (text === null) {
      const equal = allOf([`${value} IS NULL`, this.ahead(row, from, parameters, at + 1)]);
      return this.isBackward ? anyOf([`${value} IS NOT NULL`, equal]) : equal;
    }
    const bound = parameters.add(text, key.bindType);
    const isLast = at === this.keys.length - 1;
    return anyOf([
      `${value} ${this.comparison(key)} ${bound}`,
      ...(key.isOptional && !this.isBackward ? [`${value} IS NULL`] : []),
      ...(isLast ? [] : [allOf([`${value} = ${bound}`, this.ahead(row, from, parameters, at + 1)])]),
    ]);
  }

  private comparison({ descending }: OrderKey): '<' | '>' {
    return descending === this.isBackward ? '>' : '<';
  }
}

function keyOf({ by, descending }: SortRule, type: string, slots: SortSlots, i: number): OrderKey {
  if (by === '_id') return columnKey('id', descending);
  if (by === '_lastUpdated') return columnKey('updated', descending);
  // The lowest value of a row counts in ascending order, the highest in descending order.
  const end = descending ? 'high' : 'low';
  const name = `k${i}` as const;
  const rest = { name, isOptional: true, descending, read: (row: FoundRow) => row[name] ?? null };
  const number = slots.numbers(type).get(by);
  if (number !== undefined) {
    return { ...rest, bindType: 'numeric', value: (row) => `(${row}.num_${end})[${number}]` };
  }
  const text = slots.texts(type).get(by);
  if (text === undefined) throw new Error(`${type} has no sort key of ${by}.`);
  return { ...rest, bindType: 'text', value: (row) => `((${row}.str_${end})[${text}] COLLATE "C")` };
}

/** The one patient of the row: patient by patient. */
const patientKey: OrderKey = {
  name: 'k0',
  isOptional: false,
  descending: false,
  bindType: 'text',
  value: onlyPatient,
  read: (row) => row['k0'] ?? null,
};

const columnKey = (name: 'type' | 'id' | 'updated', descending: boolean): OrderKey => ({
  name,
  descending,
  isOptional: false,
  bindType: name === 'updated' ? 'timestamptz' : 'text',
  value: (row) => `${row}.${name}`,
  read: (row) => (name === 'updated' ? (row.lastUpdated ?? null) : row[name]),
});
