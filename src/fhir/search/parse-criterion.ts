import { InvalidRequest } from '../model/fhir-error.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../model/request-errors.js';
import type { Criterion } from './criterion.js';
import { parseFilter } from './parse-filter.js';
import type { SearchOffer } from './search-offer.js';

/** What the reading of criteria needs to know. */
export interface CriteriaSettings {
  readonly offer: SearchOffer;
  /** FHIR base URL: references on it are local. */
  readonly base: string;
}

/** 400 that `Prefer: handling=lenient` turns into a warning: R4 has it, or not, but it does not run here. */
export class NotSearchable extends InvalidRequest {
  constructor(fact: string) {
    super({ code: 'not-supported', diagnostics: fact });
  }
}

/** Reads `name=value` as a criterion on rows of `type`. Throws {@link NotSearchable}, or 400 for a wrong value. */
export function parseCriterion(type: string, name: string, value: string, settings: CriteriaSettings): Criterion {
  const parameter = settings.offer.find(type, name);
  if (!parameter) throw new NotSearchable(notOfferedFact(type, name, settings.offer));
  return { kind: 'filter', filter: parseFilter(parameter, value, settings.base) };
}

function notOfferedFact(type: string, name: string, offer: SearchOffer): string {
  const [code = '', modifier] = name.split(':', 2);
  const offered = [
    ...offer.for(type).map((one) => one.code),
    '_count',
    '_elements',
    '_format',
    '_pretty',
    '_summary',
  ].toSorted();
  const list = `${type} can be searched by ${offered.join(', ')}.`;
  if (modifier !== undefined && offer.find(type, code)) {
    return `The modifier ":${printable(modifier)}" is not offered for ${code}; no modifiers are. ${list}`;
  }
  if (offer.knows(type, code)) {
    return `${code} is a search parameter of ${type} in R4 that this server does not offer. ${list}`;
  }
  const suggestion = nearest(code, offered);
  return `"${printable(code)}" is not a search parameter of ${type}.${suggestion ? ` Did you mean ${suggestion}?` : ''} ${list}`;
}
