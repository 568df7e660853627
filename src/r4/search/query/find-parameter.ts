import { listed } from '../../errors/listed.js';
import { InvalidRequest } from '../../errors/fhir-error.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import { isResourceType, suggestType } from '../../model/resource-types.js';
import { NotSearchable } from './not-searchable.js';
import { resultParameterNames } from './parse-result-parameters.js';
import { pointsTo } from '../parameters/reference-targets.js';
import type { SearchOffer } from '../parameters/search-offer.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

const mostListed = 20;

/** The reference parameters that searches of the type take. */
export const referenceParameters = (type: string, offer: SearchOffer): readonly SearchParameter[] =>
  offer.for(type).filter((parameter) => parameter.type === 'reference');

/** Throws {@link NotSearchable} with what the type can be searched by. */
export function findParameter(type: string, code: string, offer: SearchOffer): SearchParameter {
  const parameter = offer.find(type, code);
  if (parameter) return parameter;
  throw new NotSearchable(notOfferedFact(type, code, offer));
}

/** Returns the reference parameter that a chain, `_has` or an include follows; `place`: where the client wrote it. */
export function findReferenceParameter(type: string, code: string, offer: SearchOffer, place: string): SearchParameter {
  const parameter = offer.find(type, code);
  if (parameter?.type === 'reference') return parameter;
  const codes = referenceParameters(type, offer).map((one) => one.code);
  const suggestion = nearest(code, codes);
  const fact = parameter
    ? `${code} is of type ${parameter.type}, not a reference parameter of ${type}`
    : `"${printable(code)}" is not a reference parameter of ${type} that this server offers`;
  const hint = suggestion === undefined || suggestion === code ? '' : ` Did you mean ${suggestion}?`;
  const list = codes.length === 0 ? 'It has none.' : `${type} has ${codes.toSorted().join(', ')}.`;
  throw new NotSearchable(`${printable(place)}: ${fact}.${hint} ${list}`);
}

/** Throws 400 for what is not a resource type. */
export function checkType(name: string, place: string): void {
  if (isResourceType(name)) return;
  const suggestion = suggestType(name);
  const hint = suggestion === undefined ? ' Types are written as in Patient.' : ` Did you mean ${suggestion}?`;
  throw invalid(place, `"${printable(name)}" is no resource type.${hint}`);
}

/** Throws 400 for a type that the parameter never points to. */
export function checkTarget(parameter: SearchParameter, type: string, place: string): void {
  if (pointsTo(parameter, type)) return;
  const { code, target = [] } = parameter;
  throw invalid(place, `${code} never refers to ${type}, only to ${listed(target, mostListed)}.`);
}

export const invalid = (place: string, fact: string): InvalidRequest =>
  new InvalidRequest({ code: 'invalid', diagnostics: `${printable(place)}: ${fact}` });

const shaping: ReadonlySet<string> = new Set([...resultParameterNames, '_include', '_revinclude', '_type']);

function notOfferedFact(type: string, code: string, offer: SearchOffer): string {
  const codes = offer.for(type).map((one) => one.code);
  if (shaping.has(code)) {
    const fact = `${code} says how a search is answered, not what it finds, so it cannot stand here.`;
    return `${fact} ${type} can be limited by ${[...codes, '_has'].toSorted().join(', ')}.`;
  }
  const offered = [...codes, ...resultParameterNames, '_has', '_include', '_revinclude'].toSorted();
  const list = `${type} can be searched by ${offered.join(', ')}.`;
  if (offer.knows(type, code)) {
    return `${code} is a search parameter of ${type} in R4 that this server does not offer. ${list}`;
  }
  const suggestion = nearest(code, offered);
  return `"${printable(code)}" is not a search parameter of ${type}.${suggestion ? ` Did you mean ${suggestion}?` : ''} ${list}`;
}
