import { CannotExpand } from '../cannot-expand.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import { both, either, not, type Selection } from '../../search/query/concept-selection.js';
import type { Ecl, HierarchyOperator, Refinement } from './ecl.js';

/** The selection that an expression stands for; throws {@link CannotExpand} for an attribute that the code system does not have. */
export function selectEcl(ecl: Ecl, system: CodeSystem): Selection {
  const select = (one: Ecl): Selection => selectEcl(one, system);
  switch (ecl.kind) {
    case 'any':
      return { kind: 'active' };
    case 'concept':
      return ofConcept[ecl.operator](ecl.code);
    case 'members':
      return { kind: 'member', of: ecl.of };
    case 'and':
      return both(...ecl.of.map(select));
    case 'or':
      return either(...ecl.of.map(select));
    case 'minus':
      return both(select(ecl.of), not(select(ecl.without)));
    default:
      return both(select(ecl.of), refined(ecl.by, system));
  }
}

const ofConcept: Readonly<Record<HierarchyOperator, (code: string) => Selection>> = {
  '': (code) => ({ kind: 'codes', codes: [code] }),
  '<': (code) => ({ kind: 'below', code, strict: true }),
  '<<': (code) => ({ kind: 'below', code, strict: false }),
  '<!': (code) => ({ kind: 'child', code }),
  '<<!': (code) => either({ kind: 'codes', codes: [code] }, { kind: 'child', code }),
  '>': (code) => both({ kind: 'above', code }, not({ kind: 'codes', codes: [code] })),
  '>>': (code) => ({ kind: 'above', code }),
  '>!': (code) => ({ kind: 'parent', code }),
  '>>!': (code) => either({ kind: 'codes', codes: [code] }, { kind: 'parent', code }),
};

function refined(by: Refinement, system: CodeSystem): Selection {
  if (by.kind !== 'attribute') return (by.kind === 'and' ? both : either)(...by.of.map((one) => refined(one, system)));
  const property = requireAttribute(by.name, system);
  const { value } = by;
  if (value.kind === 'any') return { kind: 'exists', property };
  if (value.kind === 'concept' && value.operator === '') return { kind: 'property', property, values: [value.code] };
  return { kind: 'relation', property, values: selectEcl(value, system) };
}

/** Attributes are properties of concepts, by their codes. */
export function requireAttribute(name: string, system: CodeSystem): string {
  if (system.hasProperty(name)) return name;
  throw new CannotExpand(
    `The ECL expression refines by the attribute ${name}, of which no relationship is stored with ${system.url}. Compare the attribute; of a release, its file of relationships has to be loaded.`,
  );
}
