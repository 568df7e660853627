import { FhirError, type InvalidRequest } from '../../r4/errors/fhir-error.js';
import type { Filter } from '../../r4/search/query/filter.js';
import { parameterNotReady } from '../../r4/search/query/parameter-not-ready.js';
import { parseFilter } from '../../r4/search/values/parse-filter.js';
import type { SearchParameter, SearchParameterType } from '../../r4/search/parameters/search-parameter.js';
import type { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../../r4/search/values/value-settings.js';
import { nearest } from '../../r4/model/nearest.js';

/** One `name=value` of a granular scope, percent-decoded. */
export interface Constraint {
  readonly name: string;
  readonly value: string;
}

/** `meant`: the name of a parameter in place of one that is not known. */
export type Outcome<T> = { readonly ok: T } | { readonly why: string; readonly meant?: Misnamed };

interface Misnamed {
  readonly name: string;
  readonly instead: string;
}

/** Parameters of all resources that are criteria; every other `_name` steers the result or is a language of its own. */
const criteriaOfAllTypes: ReadonlySet<string> = new Set([
  '_id',
  '_lastUpdated',
  '_tag',
  '_security',
  '_profile',
  '_source',
]);
const supportedTypes: ReadonlySet<SearchParameterType> = new Set(['token', 'reference', 'date', 'string', 'uri']);

/** Reads the query part of a granular scope: `&` is AND, names and values are percent-decoded exactly once. */
export function parseConstraints(query: string): Outcome<readonly Constraint[]> {
  const constraints: Constraint[] = [];
  for (const pair of query.split('&')) {
    const constraint = parseConstraint(pair);
    if ('why' in constraint) return constraint;
    constraints.push(constraint.ok);
  }
  return { ok: constraints };
}

function parseConstraint(pair: string): Outcome<Constraint> {
  const equals = pair.indexOf('=');
  if (equals < 1 || equals === pair.length - 1) return { why: 'a constraint has the form parameter=value' };
  const name = decodeOnce(pair.slice(0, equals));
  const value = decodeOnce(pair.slice(equals + 1));
  if (name === undefined || value === undefined) return { why: 'a constraint is not valid percent-encoded text' };
  const why = whyUnsupported(name);
  return why === undefined ? { ok: { name, value } } : { why };
}

/** Undefined for what is no percent-encoded text, or has control characters. */
export function decodeOnce(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return /\p{Cc}/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** Modifiers that go by definitions: who may write those would decide what is permitted (docs/adr/0143). */
const ofDefinitions: ReadonlySet<string> = new Set(['in', 'not-in', 'above', 'below']);

function whyUnsupported(name: string): string | undefined {
  const [, modifier] = name.split(':');
  if (modifier !== undefined && ofDefinitions.has(modifier))
    return `modifiers are not supported in a scope, and :${modifier} goes by definitions that others may change: name the codes, with commas, or let an administrator write an access policy with it`;
  if (name.includes(':')) return 'modifiers are not supported in a scope';
  if (name.includes('.')) return 'chained parameters are not supported in a scope';
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return 'a constraint names no search parameter';
  if (name.startsWith('_') && !criteriaOfAllTypes.has(name)) return `${name} is not supported in a scope`;
  return undefined;
}

/** Turns constraints into criteria on one type; fails when the type lacks a parameter, or a value does not fit it. */
export function resolveConstraints(
  constraints: readonly Constraint[],
  type: string,
  search: ValueSettings & { readonly parameters: SearchParameters },
): Outcome<readonly Filter[]> {
  const filters: Filter[] = [];
  for (const { name, value } of constraints) {
    const parameter = search.parameters.find(type, name);
    if (!parameter) return noParameter(type, name, search.parameters);
    if (!isSupported(parameter)) return { why: `${name} is of a type (${parameter.type}) not supported in a scope` };
    const filter = readFilter(parameter, value, search);
    if ('why' in filter) return filter;
    filters.push(filter.ok);
  }
  return { ok: filters };
}

function noParameter(type: string, name: string, parameters: SearchParameters): Outcome<never> {
  requireNotPending(type, name, parameters);
  const instead = nearest(name, constraintsOf(type, parameters));
  const why = `${type} has no search parameter ${name}`;
  return instead === undefined ? { why } : { why: `${why}; did you mean ${instead}?`, meant: { name, instead } };
}

/** The parameters that scopes on the type can have. */
export const constraintsOf = (type: string, parameters: SearchParameters): readonly string[] =>
  [...parameters.forType(type).values()]
    .filter(
      (parameter) =>
        isSupported(parameter) && (!parameter.code.startsWith('_') || criteriaOfAllTypes.has(parameter.code)),
    )
    .map(({ code }) => code)
    .toSorted();

/** Throws 503 for a parameter that may exist: a server that cannot ask does not say that there is none (ADR 47). */
function requireNotPending(type: string, code: string, parameters: SearchParameters): void {
  const pending = parameters.findPending(type, code);
  if (pending?.state === 'building' && pending.reason !== undefined) throw parameterNotReady(type, pending);
}

const isSupported = ({ type, expression }: SearchParameter): boolean =>
  supportedTypes.has(type) && expression !== undefined;

function readFilter(parameter: SearchParameter, value: string, settings: ValueSettings): Outcome<Filter> {
  try {
    return { ok: parseFilter(parameter, value, settings) };
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return { why: error.message };
  }
}

const isInvalid = (error: unknown): error is InvalidRequest => error instanceof FhirError && error.status === 400;
