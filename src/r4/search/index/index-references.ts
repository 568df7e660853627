import type { JsonObject } from '../../json/json.js';
import type { LocalReference } from '../../model/reference.js';
import type { IndexCollector } from './index-collector.js';
import { unitSeparator } from './index-values.js';
import { localReferences } from './local-references.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** An index parameter of our own, for every local reference wherever it stands; no search can name it. */
export const localReferenceParameter: SearchParameter = {
  code: '~reference',
  type: 'reference',
  url: 'urn:lanyard:local-reference',
  base: ['Resource'],
};

export const referenceEntry = ({ type, id }: Pick<LocalReference, 'type' | 'id'>): string =>
  `${localReferenceParameter.code}${unitSeparator}${type}/${id}`;

/** Adds the entries that a delete looks for while REFERENTIAL_INTEGRITY is on. */
export function indexReferences(resource: JsonObject, collector: IndexCollector): void {
  for (const { target } of localReferences(resource, collector.base)) collector.addExact(referenceEntry(target));
}
