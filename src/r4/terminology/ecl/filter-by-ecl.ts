import { CannotExpand } from '../cannot-expand.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import type { Ecl, HierarchyOperator, Refinement } from './ecl.js';
import { requireAttribute } from './select-ecl.js';

type Codes = ReadonlySet<string>;

/** The codes of an expression, of a code system whose concepts are in memory; `requireCode` throws for one that it does not have. */
export function filterByEcl(
  ecl: Ecl,
  system: CodeSystem,
  requireCode: (system: CodeSystem, code: string) => string,
): Codes {
  const codesOf = (one: Ecl): Codes => filterByEcl(one, system, requireCode);
  switch (ecl.kind) {
    case 'any':
      return new Set([...system.codes()].filter((code) => system.concept(code)?.isInactive !== true));
    case 'concept':
      if (ecl.operator === '') return new Set(system.has(ecl.code) ? [ecl.code] : []);
      return new Set(around[ecl.operator](system, requireCode(system, ecl.code)));
    case 'members':
      throw new CannotExpand(
        `The ECL expression asks for members of the reference set ${ecl.of}, which are known of releases that were loaded alone.`,
      );
    case 'refined':
      return common([codesOf(ecl.of), refined(ecl.by, system, codesOf)]);
    default:
      return combined(ecl, codesOf);
  }
}

function combined(ecl: Extract<Ecl, { readonly kind: 'and' | 'or' | 'minus' }>, codesOf: (one: Ecl) => Codes): Codes {
  if (ecl.kind === 'minus') {
    const gone = codesOf(ecl.without);
    return new Set([...codesOf(ecl.of)].filter((code) => !gone.has(code)));
  }
  const each = ecl.of.map(codesOf);
  return ecl.kind === 'and' ? common(each) : union(each);
}

const union = (each: readonly Codes[]): Codes => new Set(each.flatMap((codes) => [...codes]));

const around: Readonly<Record<Exclude<HierarchyOperator, ''>, (system: CodeSystem, code: string) => Iterable<string>>> =
  {
    '<': (system, code) => without(system.below(code), code),
    '<<': (system, code) => system.below(code),
    '<!': (system, code) => system.childrenOf(code),
    '<<!': (system, code) => [code, ...system.childrenOf(code)],
    '>': (system, code) => without(system.above(code), code),
    '>>': (system, code) => system.above(code),
    '>!': (system, code) => system.parentsOf(code),
    '>>!': (system, code) => [code, ...system.parentsOf(code)],
  };

const without = (codes: Codes, gone: string): readonly string[] => [...codes].filter((code) => code !== gone);

const common = ([first = new Set(), ...others]: readonly Codes[]): Codes =>
  new Set([...first].filter((code) => others.every((one) => one.has(code))));

function refined(by: Refinement, system: CodeSystem, codesOf: (ecl: Ecl) => Codes): Codes {
  if (by.kind !== 'attribute') {
    const each = by.of.map((one) => refined(one, system, codesOf));
    return by.kind === 'and' ? common(each) : union(each);
  }
  const name = requireAttribute(by.name, system);
  const { value } = by;
  const isWanted = value.kind === 'any' ? () => true : isOf(codesOf(value));
  return new Set([...system.codes()].filter((code) => system.valuesOf(code, name).some(isWanted)));
}

const isOf =
  (codes: Codes) =>
  (code: string): boolean =>
    codes.has(code);
