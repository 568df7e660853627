import { currentTenant } from '../../../database/tenant.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import type { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { IndexForm } from './forms/index-form.js';
import type { LargeDocuments } from './large-documents.js';
import { type IndexTask, indexTextsOf } from './index-text.js';
import type { SortSlots } from '../searching/sort-slots.js';

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

/** The index of a version by column, each in PostgreSQL's text form. */
export type IndexTexts = Readonly<Record<keyof typeof indexColumnTypes, string>>;

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

  of(type: string, resource: JsonObject): IndexTexts {
    return this.textsOf(type, this.indexer.index(resource));
  }

  /** Of what was indexed before. */
  textsOf(type: string, index: IndexValues): IndexTexts {
    return indexTextsOf(index, this.indexedFor(type));
  }

  /** Makes the columns from the text of a large resource, in a worker thread, so that the event loop stays free. */
  async ofLarge(type: string, text: string): Promise<IndexTexts> {
    return (await this.documents.run('index', this.task(type, text))) as IndexTexts;
  }

  /** The row of a large resource as JSON, its index beside the given columns: made in a worker thread, which gives the bytes away. */
  async rowOfLarge(type: string, text: string, row: object): Promise<Buffer> {
    const task = { ...this.task(type, text), row };
    const bytes = (await this.documents.run('row', task)) as Uint8Array<ArrayBuffer>;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private task(type: string, text: string): IndexTask {
    const { parameters, settings, readsReferences } = this.indexer;
    return {
      text,
      type,
      parameters: [...parameters.toIndex(type).values()],
      settings: { base: settings.base, timeZone: settings.timeZone },
      readsReferences,
      ...this.indexedFor(type),
    };
  }

  private indexedFor(type: string) {
    const slots = { numbers: this.slots.numbers(type), texts: this.slots.texts(type) };
    return { mark: this.form.markOf(type), slots, tenant: currentTenant() };
  }
}
