import type { CriteriaSettings } from '../query/criteria-settings.js';
import type { ReverseChain } from '../query/criterion.js';
import { checkTarget, checkType, findReferenceParameter, invalid } from '../query/find-parameter.js';
import { holdsCanonicals } from '../parameters/reference-targets.js';
import { oneDeeper, type ParseRest, type WrittenName } from './written-link.js';

export const isHas = (name: string): boolean => name === '_has' || name.startsWith('_has:');

/**
 * `_has:Observation:patient:code=x`: what a resource refers to that satisfies the rest, which may be a chain or another
 * `_has` (https://hl7.org/fhir/R4/search.html#has). Throws {@link NotSearchable}, or 400.
 */
export function parseHas(written: WrittenName, settings: CriteriaSettings, parseRest: ParseRest): ReverseChain {
  const { type, name, value } = written;
  const [, referrer, code, ...rest] = name.split(':');
  if (referrer === undefined || code === undefined || rest.length === 0) {
    throw invalid(
      name,
      '_has names a type, a reference parameter of it, and a search parameter of it: _has:Observation:patient:code.',
    );
  }
  checkType(referrer, name);
  const parameter = findReferenceParameter(referrer, code, settings.offer, name);
  checkTarget(parameter, type, name);
  const inner = oneDeeper(settings, name);
  return {
    kind: 'has',
    from: type,
    type: referrer,
    parameter: code,
    byUrl: settings.offer.knows(type, 'url') && holdsCanonicals(parameter, referrer),
    criteria: [parseRest(referrer, rest.join(':'), value, inner)],
  };
}
