import type { Criterion } from '../query/criterion.js';
import type { FilterValue } from '../query/filter.js';
import { misfit } from '../values/invalid-search-value.js';
import { type ParameterSettings, parseParameter, type WrittenCriterion } from '../query/parse-parameter.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { splitEscaped, unescapeValue } from '../values/split-escaped.js';
import { NotSearchable } from '../query/not-searchable.js';
import { readWordsQuery } from './read-words-query.js';

/** A POST may bring any number. */
const mostValues = 20;

/**
 * `_text=(bone OR liver) AND metastases` (https://hl7.org/fhir/R4/search.html#content): words in any order, `AND` between
 * them understood, `OR`, `NOT`, parentheses, "phrases" and beginnings such as metasta*. Throws 400.
 */
export function parseWords(written: WrittenCriterion, settings: ParameterSettings): Criterion {
  const { parameter, modifier, value } = written;
  if (modifier === 'missing') return parseParameter(written, settings);
  if (modifier !== undefined) throw new NotSearchable(`${parameter.code} takes the modifier :missing only.`);
  const values = splitEscaped(value, ',').map(unescapeValue);
  if (values.length > mostValues) throw misfit(parameter, value, `it has more than ${mostValues} values.`, example);
  return { kind: 'filter', filter: { parameter, values: values.map((text) => parseWordsValue(parameter, text)) } };
}

/** One value: a query of words. */
export function parseWordsValue(parameter: SearchParameter, text: string): FilterValue {
  const fail = (fact: string): never => {
    throw misfit(parameter, text.replace(/\p{Cc}/gu, '?'), fact, example);
  };
  return { kind: 'words', query: readWordsQuery(text, parameter.code === '_text' ? 'A' : '', fail) };
}

const example = '(bone OR liver) AND metasta*';
