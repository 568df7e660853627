import { InvalidRequest } from '../../errors/fhir-error.js';
import { printable } from '../../errors/request-errors.js';
import type { Criterion } from './criterion.js';
import type { CriteriaSettings } from './criteria-settings.js';
import { parseCriterion } from './parse-criterion.js';
import { requireAffordable, requireFewValues, type SearchBounds } from './search-bounds.js';
import { requireText } from './require-text.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** Criteria of a conditional interaction: all of them must hold (https://hl7.org/fhir/R4/http.html#ccreate). */
export interface Condition {
  readonly type: string;
  /** Never empty. */
  readonly criteria: readonly Criterion[];
  /** The name of each criterion as it was asked. */
  readonly written: ReadonlyMap<Criterion, string>;
  /** Equal for conditions with the same meaning, whatever their spelling and order. */
  readonly key: string;
  /** As it was sent, fit to be repeated in an answer. */
  readonly text: string;
}

/** They shape an answer that a condition does not have. */
const ofAnswer = new Set([
  '_contained',
  '_containedType',
  '_count',
  '_cursor',
  '_elements',
  '_explain',
  '_format',
  '_include',
  '_pretty',
  '_revinclude',
  '_score',
  '_sort',
  '_summary',
  '_total',
]);

const mostCriteria = 50;

/**
 * Reads a condition on resources of `type`. It decides what is changed, so nothing of it is ever ignored: throws 400 for
 * what is not understood, for parameters of the answer, and when there is no criterion at all.
 */
export function parseCondition(
  type: string,
  query: URLSearchParams,
  settings: CriteriaSettings & SearchBounds,
): Condition {
  requireFewValues(query, settings);
  const text = printable(`${type}?${decodeURIComponent(query.toString().replaceAll('+', '%20'))}`);
  const written = new Map<Criterion, string>();
  for (const [name, value] of query) {
    requireText(name, value);
    if (ofAnswer.has(name.split(':', 1)[0]!)) {
      throw invalid(`${printable(name)} is no criterion; the condition "${text}" takes search criteria only.`);
    }
    if (value === '') throw invalid(`The criterion ${printable(name)} of the condition "${text}" has no value.`);
    written.set(parseCriterion(type, name, value, settings), name);
    if (written.size > mostCriteria) throw invalid(`A condition has ${mostCriteria} criteria at most.`);
  }
  const criteria = [...written.keys()];
  if (criteria.length === 0) {
    throw invalid(`A condition on ${type} needs a search criterion, such as identifier=http://example.org/ids|1.`);
  }
  requireAffordable([criteria], settings);
  return { type, criteria, written, text, key: `${type}?${keyOf(criteria)}` };
}

const keyOf = (criteria: readonly Criterion[]): string => JSON.stringify({ criteria }, inOneOrder);

/** Lists whose order means nothing. */
const sets = new Set(['criteria', 'of', 'values']);

function inOneOrder(name: string, value: unknown): unknown {
  if (name === 'parameter' && typeof value === 'object' && value !== null) return (value as SearchParameter).code;
  if (!sets.has(name) || !Array.isArray(value)) return value;
  return [...new Set(value.map((item) => JSON.stringify(item, inOneOrder)))].toSorted();
}

const invalid = (fact: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics: fact });
