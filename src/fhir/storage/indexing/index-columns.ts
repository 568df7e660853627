import type { JsonObject } from '../../../r4/json/json.js';
import type { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { IndexForm } from './forms/index-form.js';
import type { LargeDocuments } from './large-documents.js';
import { numberArray, textArray } from './array-literal.js';
import { type IndexTask, type IndexText, indexTextOf } from './index-text.js';
import { layOut, type SortSlots } from '../searching/sort-slots.js';

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

type IndexTexts = Readonly<Record<keyof typeof indexColumnTypes, string>>;

/** Nothing looks for the words of superseded versions. */
export const isOfHistory = (column: string): boolean => column !== 'words';

/** Definitions that a write was indexed by: the generation of the custom parameters, and the form of the rest. */
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
    private readonly documents: LargeDocuments,
  ) {}

  get indexedBy(): IndexedBy {
    return { generation: this.indexer.generation, form: this.form.id };
  }

  /** Each in PostgreSQL's text form. */
  of(type: string, resource: JsonObject): IndexTexts {
    return this.laidOut(type, indexTextOf(this.indexer.index(resource), this.form.markOf(type)));
  }

  /** Makes the columns from the text of a large resource, in a worker thread, so that the event loop stays free. */
  async ofLarge(type: string, text: string): Promise<IndexTexts> {
    const { parameters, settings, readsReferences } = this.indexer;
    const task: IndexTask = {
      text,
      type,
      parameters: [...parameters.toIndex(type).values()],
      settings: { base: settings.base, timeZone: settings.timeZone },
      readsReferences,
      mark: this.form.markOf(type),
    };
    return this.laidOut(type, (await this.documents.run('index', task)) as IndexText);
  }

  private laidOut(type: string, { sortNumbers, sortTexts, ...index }: IndexText): IndexTexts {
    const numbers = layOut(sortNumbers, this.slots.numbers(type));
    const texts = layOut(sortTexts, this.slots.texts(type));
    return {
      compartments: index.compartments,
      tok: index.tok,
      val: index.val,
      ranges: index.ranges,
      num_low: numberArray(numbers.low),
      num_high: numberArray(numbers.high),
      str_low: textArray(texts.low),
      str_high: textArray(texts.high),
      grams: index.grams,
      words: index.words,
    };
  }
}
