import type { JsonObject } from '../model/json.js';
import type { ResourceIndexer } from '../search/resource-indexer.js';
import { layOut, type SortSlots } from './sort-slots.js';

/** Makes the index columns of a version, by name: for its insert, and when stored rows are indexed anew. */
export class IndexColumns {
  constructor(
    readonly indexer: ResourceIndexer,
    private readonly slots: SortSlots,
  ) {}

  of(type: string, resource: JsonObject) {
    const index = this.indexer.index(resource);
    const numbers = layOut(index.sortNumbers, this.slots.numbers(type));
    const texts = layOut(index.sortTexts, this.slots.texts(type));
    return {
      compartments: index.compartments,
      tok: index.tokens,
      val: index.values,
      ranges: index.ranges,
      num_low: numbers.low,
      num_high: numbers.high,
      str_low: texts.low,
      str_high: texts.high,
    };
  }
}
