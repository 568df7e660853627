import { localReferenceParameter } from '../../../r4/search/index/index-references.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';

/** Codes of the index whose entries may name a resource of a type: reference parameters, and all local references where they are indexed. */
export function referringCodes(parameters: SearchParameters, type: string): readonly string[] {
  const all = [...resourceTypes].flatMap((one) => [...parameters.forType(one).values()]);
  const naming = all.filter((one) => one.type === 'reference' && (one.target?.includes(type) ?? true));
  return [...new Set([...naming.map(({ code }) => code), localReferenceParameter.code])];
}
