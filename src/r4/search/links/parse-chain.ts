import { listed } from '../../errors/listed.js';
import { FhirError } from '../../errors/fhir-error.js';
import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from '../query/criteria-settings.js';
import { type Chain, type Criterion, linksOf, typesOf, type Unfollowed } from '../query/criterion.js';
import { checkTarget, checkType, findReferenceParameter, invalid } from '../query/find-parameter.js';
import { NotSearchable } from '../query/not-searchable.js';
import { holdsCanonicals, soleTarget, targetsOf } from '../parameters/reference-targets.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { oneDeeper, type ParseRest, type WrittenName } from './written-link.js';

/** More ways through the types than this would be a statement that nobody meant. */
const mostLinks = 200;

/** True if the name is that of a chain: no search parameter has a point in its code. */
export const isChain = (name: string): boolean => name.includes('.');

/**
 * `subject:Patient.name=x`, or `subject.name=x` through every type that has the parameter and that the caller may search
 * (https://hl7.org/fhir/R4/search.html#chaining). Throws {@link NotSearchable}, or 400.
 */
export function parseChain(written: WrittenName, settings: CriteriaSettings, parseRest: ParseRest): Criterion {
  const { type, name, value } = written;
  const end = name.indexOf('.');
  const [code = '', target, ...more] = name.slice(0, end).split(':');
  const rest = name.slice(end + 1);
  if (more.length > 0 || rest === '') throw invalid(name, 'a chain is written subject:Patient.name.');
  const parameter = findReferenceParameter(type, code, settings.offer, name);
  const inner = oneDeeper(settings, name);
  const through = (one: string): Chain => ({
    kind: 'chain',
    from: type,
    type: one,
    parameter: code,
    byUrl: settings.offer.knows(one, 'url') && holdsCanonicals(parameter, type),
    criteria: [parseRest(one, rest, value, inner)],
  });
  if (target === undefined) return throughAny(written, parameter, through, settings);
  checkType(target, name);
  checkTarget(parameter, target, name);
  return through(target);
}

/** Through all types that rows of the type can refer to: `patient` names Group as well, but leads to Patients alone from nearly all types. */
function throughAny(
  { type, name }: WrittenName,
  parameter: SearchParameter,
  through: (type: string) => Chain,
  { maySearch }: CriteriaSettings,
): Criterion {
  const sole = soleTarget(parameter, type);
  const targets = sole === undefined ? targetsOf(parameter) : [sole];
  const { chains, refusals } = attempt(targets, through);
  if (chains.length === 0) throw whyNone(name, targets, refusals);
  const withheldOf = (chain: Chain): readonly string[] => [...typesOf([chain])].filter((one) => !maySearch(one));
  const withheld = chains.flatMap(withheldOf);
  const permitted = chains.filter((chain) => withheldOf(chain).length === 0);
  // If none is permitted, all stay, and each is refused with its reasons.
  const followed =
    permitted.length > 0 ? leavingOut(permitted, { name, types: [...new Set(withheld)].toSorted() }) : chains;
  if (linksOf(followed).length > mostLinks) {
    const example = `${parameter.code}:${followed[0]!.type}.…`;
    throw invalid(name, `this leads through too many types; name the type of each reference, as in ${example}`);
  }
  return followed.length === 1 ? followed[0]! : { kind: 'any', of: followed };
}

/** The first one tells. */
const leavingOut = ([first, ...others]: readonly Chain[], unfollowed: Unfollowed): readonly Chain[] =>
  unfollowed.types.length === 0 ? [first!, ...others] : [{ ...first!, unfollowed }, ...others];

interface Attempt {
  readonly chains: readonly Chain[];
  readonly refusals: readonly FhirError[];
}

function attempt(targets: readonly string[], through: (type: string) => Chain): Attempt {
  const chains: Chain[] = [];
  const refusals: FhirError[] = [];
  for (const target of targets) {
    try {
      chains.push(through(target));
    } catch (error) {
      // One of the types cannot answer now: the others alone would be half an answer.
      if (!(error instanceof FhirError) || error.status >= 500) throw error;
      refusals.push(error);
    }
  }
  return { chains, refusals };
}

/** A wrong value says more than that some of the types have no such parameter. */
function whyNone(name: string, targets: readonly string[], refusals: readonly FhirError[]): FhirError {
  const wrong = refusals.find((error) => !(error instanceof NotSearchable));
  if (wrong || targets.length === 1) return wrong ?? refusals[0]!;
  const fact = `none of the types it refers to (${listed(targets, 10)}) can be searched like that.`;
  const refusal = refusals.find(({ message }) => message.includes('Did you mean')) ?? refusals[0];
  return new NotSearchable(`${printable(name)}: ${fact} ${refusal?.message ?? ''}`);
}
