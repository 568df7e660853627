import type { JsonObject } from '../../../r4/json/json.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../../../r4/search/values/value-settings.js';
import { numberArray, rangeArray, textArray } from './array-literal.js';

/** Input of a worker thread that indexes a resource. */
export interface IndexTask {
  readonly text: string;
  readonly type: string;
  /** It is indexed by these, custom ones included. */
  readonly parameters: readonly SearchParameter[];
  readonly settings: ValueSettings;
  readonly readsReferences: boolean;
  /** The first entry of the index; it names the form. */
  readonly mark: string;
}

/** The index of a version with its long parts in PostgreSQL's text form: one text is handed over faster than its parts. */
export interface IndexText extends Pick<IndexValues, 'sortNumbers' | 'sortTexts' | 'words'> {
  readonly compartments: string;
  readonly tok: string;
  readonly val: string;
  readonly ranges: string;
  readonly grams: string;
}

export const indexTextOf = (index: IndexValues, mark: string): IndexText => ({
  compartments: textArray(index.compartments),
  tok: numberArray(index.tokens),
  val: textArray([mark, ...index.values]),
  ranges: rangeArray(index.ranges),
  grams: numberArray(index.grams),
  sortNumbers: index.sortNumbers,
  sortTexts: index.sortTexts,
  words: index.words,
});

let r4: SearchParameters | undefined;

/** Indexes by the parameters of the task; components of composites are of R4. */
export function indexText({ parameters, settings, readsReferences, mark }: IndexTask, resource: JsonObject): IndexText {
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
  return indexTextOf(indexer.index(resource), mark);
}
