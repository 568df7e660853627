import { designationsOf } from '../../../r4/terminology/code-systems/concept.js';
import type { StoredConcept, ToldConcept } from '../../../r4/terminology/code-systems/stored-concepts.js';
import { valueOf } from '../../../r4/terminology/property-value.js';
import { type Part, partsOf, textOf } from '../../../r4/terminology/read-resource.js';
import type { ConceptRow } from './foreseen-concepts.js';
import type { Links } from './links.js';

export const toldOf = (row: (ConceptRow & Partial<Links>) | undefined): ToldConcept | undefined =>
  row && { concept: conceptOf(row), parents: row.parents ?? [], children: row.children ?? [] };

export function conceptOf({ code, display, flags, told }: ConceptRow): StoredConcept {
  const read = JSON.parse(told) as Part;
  const properties = partsOf(read['property']);
  return {
    code,
    display: display ?? undefined,
    definition: textOf(read['definition']),
    designations: designationsOf(read),
    properties,
    isAbstract: (flags & 1) > 0,
    isInactive: (flags & 2) > 0,
    texts: (property) => properties.flatMap((one) => (one['code'] === property ? (valueOf(one) ?? []) : [])),
  };
}
