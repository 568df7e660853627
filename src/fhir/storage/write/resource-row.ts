import { type JsonObject, writeJson } from '../../model/json.js';
import { stampVersion } from '../../model/version-meta.js';
import type { ResourceIndexer } from '../../search/resource-indexer.js';
import type { Create, Update, Written } from '../change.js';
import { layOut, type SortSlots } from '../sort-slots.js';
import { UnstorableText } from '../unstorable-text.js';
import type { NextVersion } from './next-version.js';

/** A new live version, as it is handed out and as the insert takes it. */
export interface ResourceRow {
  readonly written: Written;
  /** All columns but the tenant, by name. */
  readonly json: string;
}

/** Makes the rows of new versions: stamped, written as text, indexed. */
export class ResourceRows {
  constructor(
    readonly indexer: ResourceIndexer,
    private readonly slots: SortSlots,
  ) {}

  build({ kind, type, id, resource }: Create | Update, next: NextVersion): ResourceRow {
    const { versionId, lastUpdated, created, previous } = next;
    const previousBody = previous?.body;
    const stamped = stampVersion(resource, { id, versionId, lastUpdated, ...(previousBody && { previousBody }) });
    const method: Written['method'] = kind === 'create' ? 'POST' : 'PUT';
    const written = { type, id, versionId, lastUpdated, deleted: false, body: writeJson(stamped), method, created };
    return { written, json: this.encode(written, stamped) };
  }

  private encode({ type, id, versionId, lastUpdated, body, method }: Written, stamped: JsonObject): string {
    const index = this.indexer.index(stamped);
    const numbers = layOut(index.sortNumbers, this.slots.numbers(type));
    const texts = layOut(index.sortTexts, this.slots.texts(type));
    const json = JSON.stringify({
      type,
      id,
      version: versionId,
      updated: lastUpdated,
      deleted: false,
      method,
      body,
      compartments: index.compartments,
      tok: index.tokens,
      val: index.values,
      ranges: index.ranges,
      num_low: numbers.low,
      num_high: numbers.high,
      str_low: texts.low,
      str_high: texts.high,
    });
    if (unstorable.test(json)) throw new UnstorableText();
    return json;
  }
}

/** An escape of U+0000 or of half a surrogate pair; JSON.stringify writes other characters of these as they are. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
