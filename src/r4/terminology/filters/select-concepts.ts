import { CannotExpand } from '../cannot-expand.js';
import { canonicalText } from '../canonical.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import { isEcl } from '../ecl/is-ecl.js';
import { parseEcl } from '../ecl/parse-ecl.js';
import { selectEcl } from '../ecl/select-ecl.js';
import { requireSubsumption } from './filter-concepts.js';
import { matchExpression } from './match-expression.js';
import { both, either, not, type Selection } from '../../search/query/concept-selection.js';
import type { StoredConcepts } from '../code-systems/stored-concepts.js';
import { listedCodes } from './listed-codes.js';
import type { ConceptFilter } from '../value-sets/value-set.js';

/** Concepts whose texts a regular expression is compared with. */
const mostCompared = 20_000;

/** Property in the place of one, for concepts that are sets of others; no property of a code system is called so. */
export const hasMembers = '*members';

const codeNames: ReadonlySet<string> = new Set(['concept', 'code']);

/** The concepts that all filters let through; throws {@link CannotExpand} for what the code system does not tell. */
export async function selectConcepts(system: CodeSystem, filters: readonly ConceptFilter[]): Promise<Selection> {
  const plain = filters.filter(({ op }) => op !== 'regex').map((filter) => selected(system, filter));
  const roots = plain.flatMap((one) => rootOf(one));
  const { stored } = system;
  if (roots.length > 0) {
    const known = await stored!.known(roots);
    const missing = roots.find((code) => !known.has(code));
    if (missing !== undefined) throw new CannotExpand(`The CodeSystem ${nameOf(system)} has no code "${missing}".`);
  }
  let chosen = both(...plain);
  for (const filter of filters.filter(({ op }) => op === 'regex')) chosen = await compared(stored!, chosen, filter);
  return chosen;
}

/** Codes that have to be there for the selection to mean anything. */
function rootOf(selection: Selection): readonly string[] {
  switch (selection.kind) {
    case 'not':
      return rootOf(selection.of);
    case 'both':
    case 'either':
      return selection.of.flatMap(rootOf);
    case 'relation':
      return rootOf(selection.values);
    case 'below':
    case 'child':
    case 'above':
    case 'parent':
      return [selection.code];
    default:
      return [];
  }
}

type Read = (filter: ConceptFilter, system: CodeSystem) => Selection;

/** https://hl7.org/fhir/R4/valueset-filter-operator.html */
const operators: Readonly<Record<string, Read>> = {
  '=': (filter, system) => withValues(system, filter, [filter.value]),
  in: (filter, system) => withValues(system, filter, listed(filter)),
  'not-in': (filter, system) => not(withValues(system, filter, listed(filter))),
  exists: ({ property, value }, system) => {
    if (value !== 'true' && value !== 'false')
      throw new CannotExpand(`It filters by "exists" with "${value}", which is neither true nor false.`);
    const isOfSets = property === hasMembers && withMembers.has(system.url);
    if (!isOfSets) requireProperty(system, property);
    const found: Selection = isOfSets ? { kind: 'sets' } : { kind: 'exists', property };
    return value === 'true' ? found : not(found);
  },
  'is-a': ({ value }) => ({ kind: 'below', code: value, strict: false }),
  'descendent-of': ({ value }) => ({ kind: 'below', code: value, strict: true }),
  'is-not-a': ({ value }) => not({ kind: 'below', code: value, strict: false }),
  generalizes: ({ value }) => ({ kind: 'above', code: value }),
  'child-of': ({ value }) => ({ kind: 'child', code: value }),
};

const ofCodes: ReadonlySet<string> = new Set(['is-a', 'descendent-of', 'is-not-a', 'generalizes', 'child-of']);

/** True for operators whose value is a code that others lie above or below. */
export const comparesCodes = (op: string): boolean => ofCodes.has(op);

function selected(system: CodeSystem, filter: ConceptFilter): Selection {
  const { op, property } = filter;
  if (isEcl(system, filter)) {
    requireSubsumption(system);
    return selectEcl(parseEcl(filter.value), system);
  }
  if (!Object.hasOwn(operators, op)) {
    const known = [...Object.keys(operators), 'regex'].join(', ');
    throw new CannotExpand(`It filters ${nameOf(system)} by the operator "${op}"; this server knows ${known}.`);
  }
  if (ofCodes.has(op)) {
    if (!codeNames.has(property))
      throw new CannotExpand(
        `It filters ${nameOf(system)} by "${property}" ${op}; this server compares codes like that only.`,
      );
    requireSubsumption(system);
  }
  return operators[op]!(filter, system);
}

function withValues(system: CodeSystem, { property, op }: ConceptFilter, values: readonly string[]): Selection {
  if (codeNames.has(property)) {
    return op === 'in' && property === 'concept' && withMembers.has(system.url)
      ? either(...values.map((of): Selection => ({ kind: 'member', of })))
      : { kind: 'codes', codes: values };
  }
  if (property === 'parent') return either(...values.map((code): Selection => ({ kind: 'child', code })));
  requireProperty(system, property);
  return { kind: 'property', property, values };
}

/** Code systems with codes for sets of concepts: reference sets (https://hl7.org/fhir/R4/snomedct.html#filters) and lists of answers. */
const withMembers: ReadonlySet<string> = new Set(['http://snomed.info/sct', 'http://loinc.org']);

const listed = ({ value }: ConceptFilter): readonly string[] => value.split(',').map((one) => one.trim());

function requireProperty(system: CodeSystem, property: string): void {
  if (system.hasProperty(property)) return;
  if (system.isOnlySupplemented(property))
    throw new CannotExpand(
      `It filters ${nameOf(system)} by the property "${property}" of a supplement. Filters over a loaded code system go by its own properties: list the codes, or load the code system with this property.`,
    );
  throw new CannotExpand(
    `It filters ${nameOf(system)} by the property "${property}", which this server does not know of it.`,
  );
}

async function compared(stored: StoredConcepts, chosen: Selection, filter: ConceptFilter): Promise<Selection> {
  const { property, value } = filter;
  const codes = await listedCodes(stored, chosen, mostCompared);
  const concepts = codeNames.has(property) ? [] : await stored.concepts(codes);
  const entries = codeNames.has(property)
    ? codes.map((code) => ({ code, text: code }))
    : concepts.flatMap((one) => one.texts(property).map((text) => ({ code: one.code, text })));
  const matches = matchExpression(
    value,
    entries.map(({ text }) => text),
  );
  return { kind: 'codes', codes: [...new Set(entries.filter((_, i) => matches[i]).map(({ code }) => code))] };
}

const nameOf = ({ url, version }: CodeSystem): string => canonicalText(url, version);
