import type { CriteriaSettings } from './criteria-settings.js';
import type { Criterion } from './criterion.js';
import { findParameter } from './find-parameter.js';
import { isChain, parseChain } from '../links/parse-chain.js';
import { isHas, parseHas } from '../links/parse-has.js';
import { parseParameter } from './parse-parameter.js';
import { findOwnSyntax } from './search-syntax.js';

/** Reads `name=value` as a criterion on rows of `type`. Throws `NotSearchable`, or 400 for a wrong value. */
export function parseCriterion(type: string, name: string, value: string, settings: CriteriaSettings): Criterion {
  const { base, timeZone, offer } = settings;
  if (isHas(name)) return parseHas({ type, name, value }, settings, parseCriterion);
  if (isChain(name)) return parseChain({ type, name, value }, settings, parseCriterion);
  const [code = '', ...modifiers] = name.split(':');
  const parameter = findParameter(type, code, offer);
  const modifier = modifiers.length > 0 ? modifiers.join(':') : undefined;
  const ownSyntax = findOwnSyntax(code);
  if (ownSyntax) return ownSyntax(type, { parameter, modifier, value }, settings);
  const findByUrl = (url: string) => offer.findByUrl(url);
  return parseParameter({ parameter, modifier, value }, { base, timeZone, type, findByUrl });
}
