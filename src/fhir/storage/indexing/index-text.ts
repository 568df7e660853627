import type { JsonObject } from '../../../r4/json/json.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../../../r4/search/values/value-settings.js';
import { layOut, type Slots } from '../searching/sort-slots.js';
import type { DocumentTask } from './large-documents.js';
import { numberArray, rangeArray, textArray } from './array-literal.js';
import { ofTenant } from './stored-hashes.js';

/** Places of the sort keys of one type. */
export interface TypeSlots {
  readonly numbers: Slots;
  readonly texts: Slots;
}

/** The columns of an index depend on the resource and on these. */
interface IndexedFor {
  /** The first entry of the index; it names the form. */
  readonly mark: string;
  readonly slots: TypeSlots;
  /** Number of the tenant, whose hashes are its own. */
  readonly tenant: number;
}

/** Input of a worker thread that indexes a resource. */
export interface IndexTask extends DocumentTask, IndexedFor {
  readonly type: string;
  /** It is indexed by these, custom ones included. */
  readonly parameters: readonly SearchParameter[];
  readonly settings: ValueSettings;
  readonly readsReferences: boolean;
}

/** The index of a version by column, in PostgreSQL's text form: one text is handed over faster than its parts. */
export function indexTextsOf(index: IndexValues, { mark, slots, tenant }: IndexedFor) {
  const numbers = layOut(index.sortNumbers, slots.numbers);
  const texts = layOut(index.sortTexts, slots.texts);
  return {
    compartments: textArray(index.compartments),
    tok: numberArray(ofTenant(index.tokens, tenant)),
    val: textArray([mark, ...index.values]),
    ranges: rangeArray(index.ranges),
    num_low: numberArray(numbers.low),
    num_high: numberArray(numbers.high),
    str_low: textArray(texts.low),
    str_high: textArray(texts.high),
    grams: numberArray(index.grams),
    words: index.words,
  };
}

let r4: SearchParameters | undefined;

/** Indexes by the parameters of the task; components of composites are of R4. */
export function indexText(task: Omit<IndexTask, 'text'>, resource: JsonObject): ReturnType<typeof indexTextsOf> {
  const { parameters, settings, readsReferences } = task;
  const known = (r4 ??= new SearchParameters());
  const indexer = new ResourceIndexer(
    {
      generation: 0,
      toIndex: () => new Map(parameters.map((parameter) => [parameter.code, parameter])),
      findByUrl: (url) => known.findByUrl(url),
    },
    settings,
    readsReferences,
  );
  return indexTextsOf(indexer.index(resource), task);
}
