import { CannotExpand } from '../cannot-expand.js';
import { canonicalText } from '../canonical.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import { filterByEcl } from '../ecl/filter-by-ecl.js';
import { isEcl } from '../ecl/is-ecl.js';
import { parseEcl } from '../ecl/parse-ecl.js';
import { matchExpression } from './match-expression.js';
import type { ConceptFilter } from '../value-sets/value-set.js';

type Select = (system: CodeSystem, filter: ConceptFilter) => Iterable<string>;

/** https://hl7.org/fhir/R4/valueset-filter-operator.html */
const operators: Readonly<Record<string, Select>> = {
  '=': (system, { property, value }) => whereProperty(system, property, (texts) => texts.includes(value)),
  'is-a': (system, filter) => system.below(rootOf(system, filter)),
  'descendent-of': (system, filter) => without(system.below(rootOf(system, filter)), [rootOf(system, filter)]),
  'child-of': (system, filter) => system.childrenOf(rootOf(system, filter)),
  'is-not-a': (system, filter) => without(system.codes(), system.below(rootOf(system, filter))),
  generalizes: (system, filter) => system.above(rootOf(system, filter)),
  in: (system, { property, value }) => whereProperty(system, property, isAnyOf(value)),
  'not-in': (system, { property, value }) => whereProperty(system, property, (texts) => !isAnyOf(value)(texts)),
  exists: (system, filter) => whereProperty(system, filter.property, (texts) => texts.length > 0 === isWanted(filter)),
  regex: (system, { property, value }) => {
    const entries = [...system.codes()].flatMap((code) =>
      textsOf(system, property)(code).map((text) => ({ code, text })),
    );
    const matches = matchExpression(
      value,
      entries.map(({ text }) => text),
    );
    return entries.flatMap(({ code }, i) => (matches[i] ? [code] : []));
  },
};

/** Throws {@link CannotExpand} for what the code system does not tell. */
export function filterConcepts(system: CodeSystem, filters: readonly ConceptFilter[]): ReadonlySet<string> {
  let left = new Set(system.codes());
  for (const filter of filters) {
    if (isEcl(system, filter)) {
      requireSubsumption(system);
      const found = filterByEcl(parseEcl(filter.value), system, requireCode);
      left = new Set([...left].filter((code) => found.has(code)));
      continue;
    }
    if (!Object.hasOwn(operators, filter.op)) {
      const known = Object.keys(operators).join(', ');
      throw new CannotExpand(
        `It filters ${nameOf(system)} by the operator "${filter.op}"; this server knows ${known}.`,
      );
    }
    const found = new Set(operators[filter.op]!(system, filter));
    left = new Set([...left].filter((code) => found.has(code)));
  }
  return left;
}

/** Throws {@link CannotExpand} unless nested concepts of the system subsume each other. */
export function requireSubsumption({ url, otherHierarchy }: CodeSystem): void {
  if (otherHierarchy === undefined) return;
  throw new CannotExpand(
    `The hierarchy of the CodeSystem ${url} is "${otherHierarchy}", which does not tell what is a kind of what.`,
  );
}

/** Throws {@link CannotExpand} for a code that the system does not have. */
export function requireCode(system: CodeSystem, code: string): string {
  if (system.has(code)) return code;
  throw new CannotExpand(`The CodeSystem ${nameOf(system)} has no code "${code}".`);
}

const nameOf = ({ url, version }: CodeSystem): string => canonicalText(url, version);

function rootOf(system: CodeSystem, { property, value, op }: ConceptFilter): string {
  if (property !== 'concept' && property !== 'code') {
    throw new CannotExpand(
      `It filters ${nameOf(system)} by "${property}" ${op}; this server compares codes like that only.`,
    );
  }
  requireSubsumption(system);
  return requireCode(system, value);
}

function whereProperty(system: CodeSystem, property: string, matches: (texts: readonly string[]) => boolean): string[] {
  const read = textsOf(system, property);
  return [...system.codes()].filter((code) => matches(read(code)));
}

/** Returns a reader of the values that a concept has for the property of a filter. */
function textsOf(system: CodeSystem, property: string): (code: string) => readonly string[] {
  if (property === 'concept' || property === 'code') return (code) => [code];
  if (property === 'parent') return (code) => system.parentsOf(code);
  if (system.hasProperty(property)) return (code) => system.valuesOf(code, property);
  throw new CannotExpand(
    `It filters ${nameOf(system)} by the property "${property}", which this server does not know of it.`,
  );
}

const isAnyOf =
  (value: string) =>
  (texts: readonly string[]): boolean =>
    value.split(',').some((one) => texts.includes(one.trim()));

function isWanted({ value }: ConceptFilter): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw new CannotExpand(`It filters by "exists" with "${value}", which is neither true nor false.`);
}

const without = (codes: Iterable<string>, gone: Iterable<string>): Set<string> => {
  const left = new Set(codes);
  for (const code of gone) left.delete(code);
  return left;
};
