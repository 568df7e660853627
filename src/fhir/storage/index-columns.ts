import type { JsonObject } from '../model/json.js';
import type { ResourceIndexer } from '../search/resource-indexer.js';
import type { IndexForm } from './forms/index-form.js';
import { numberArray, rangeArray, textArray } from './array-literal.js';
import { layOut, type SortSlots } from './sort-slots.js';

/** Names and types of the index columns, in the order of the table. */
export const indexColumnTypes = {
  compartments: 'text[]',
  tok: 'bigint[]',
  val: 'text[]',
  ranges: 'index_range[]',
  num_low: 'numeric[]',
  num_high: 'numeric[]',
  str_low: 'text[]',
  str_high: 'text[]',
  grams: 'integer[]',
  words: 'tsvector',
} as const;

type IndexColumn = keyof typeof indexColumnTypes;

/** Nothing looks for the words of superseded versions. */
export const isOfHistory = (column: string): boolean => column !== 'words';

/** What a write was indexed by: the generation of the custom parameters, and the form of the rest. */
export interface IndexedBy {
  readonly generation: number;
  readonly form: string;
}

/** Makes the index columns of a version, by name: for its insert, and when stored rows are indexed anew. */
export class IndexColumns {
  constructor(
    readonly indexer: ResourceIndexer,
    readonly slots: SortSlots,
    readonly form: IndexForm,
  ) {}

  get indexedBy(): IndexedBy {
    return { generation: this.indexer.generation, form: this.form.id };
  }

  /** Each in PostgreSQL's text form. */
  of(type: string, resource: JsonObject): Readonly<Record<IndexColumn, string>> {
    const index = this.indexer.index(resource);
    const numbers = layOut(index.sortNumbers, this.slots.numbers(type));
    const texts = layOut(index.sortTexts, this.slots.texts(type));
    return {
      compartments: textArray(index.compartments),
      tok: numberArray(index.tokens),
      val: textArray([this.form.markOf(type), ...index.values]),
      ranges: rangeArray(index.ranges),
      num_low: numberArray(numbers.low),
      num_high: numberArray(numbers.high),
      str_low: textArray(texts.low),
      str_high: textArray(texts.high),
      grams: numberArray(index.grams),
      words: index.words,
    };
  }
}
