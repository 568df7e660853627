import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from '../query/criteria-settings.js';
import type { Criterion } from '../query/criterion.js';
import type { FilterValue } from '../query/filter.js';
import { misfit } from '../values/invalid-search-value.js';
import { findModifier } from '../values/modifiers.js';
import { NotSearchable } from '../query/not-searchable.js';
import { controlOf } from '../values/parse-filter.js';
import { parseList } from '../links/parse-list.js';
import { compositeParser } from '../values/parse-composite-value.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { parseWordsValue } from '../words/parse-words.js';
import { compareValue } from './compare-value.js';
import type { Comparison } from './filter-expression.js';
import { modifierOf, operatorsOf } from './operators.js';

interface Written {
  readonly parameter: SearchParameter;
  readonly operator: string;
  readonly value: string;
}

/**
 * `parameter operator value` on rows of `type`, each value of the row by itself
 * (https://hl7.org/fhir/R4/search_filter.html#ops).
 */
export function compareParameter(
  type: string,
  parameter: SearchParameter,
  { operator, value }: Pick<Comparison, 'operator' | 'value'>,
  settings: CriteriaSettings,
): Criterion {
  const operators = operatorsOf(parameter);
  if (!operators.includes(operator)) throw notOffered(parameter, operator, operators);
  if (controlOf(parameter).test(value)) throw misfit(parameter, printable(value), 'it has control characters.');
  const written = { parameter, operator, value };
  const { code } = parameter;
  if (code === '_list') return parseList(type, written, settings);
  if (code === '_text' || code === '_content') return compareWords(written);
  if (operator === 'pr') return isPresent(written);
  return parameter.type === 'composite' ? compareComposite(written, settings) : compareSimple(written, settings);
}

function compareWords(written: Written): Criterion {
  if (written.operator === 'pr') return isPresent(written);
  return filterOf(written.parameter, [parseWordsValue(written.parameter, written.value)]);
}

function compareComposite({ parameter, value }: Written, settings: CriteriaSettings): Criterion {
  const components = (parameter.component ?? []).flatMap(
    ({ definition }) => settings.offer.findByUrl(definition) ?? [],
  );
  return filterOf(parameter, [compositeParser(components)(parameter, value, settings)].flat());
}

function compareSimple({ parameter, operator, value }: Written, settings: CriteriaSettings): Criterion {
  const named = modifierOf(operator);
  if (named) {
    const modifier = findModifier(parameter, named)!;
    const written = { ...parameter, code: `${parameter.code}:${named}` };
    const criterion = filterOf(parameter, [modifier.parse(written, value, settings)].flat());
    return modifier.not ? { kind: 'not', of: criterion } : criterion;
  }
  const compared = compareValue(parameter, { operator: operator === 'ne' ? 'eq' : operator, value, settings });
  if (operator !== 'ne') return filterOf(parameter, [compared]);
  // Each row has one id.
  if (parameter.code === '_id') return { kind: 'not', of: filterOf(parameter, [compared]) };
  return filterOf(parameter, [unequal(compared)]);
}

/** `ne`: a value of the row is another one. */
function unequal(value: FilterValue): FilterValue {
  if (value.kind === 'date' || value.kind === 'number' || value.kind === 'quantity') return { ...value, prefix: 'ne' };
  return { kind: 'unequal', to: value };
}

/** `pr true`: there is a value. */
function isPresent({ parameter, value }: Written): Criterion {
  if (value !== 'true' && value !== 'false') {
    throw misfit(parameter, printable(value), 'after "pr" it is true or false.', 'true');
  }
  const present = filterOf(parameter, [{ kind: 'present' }]);
  return value === 'true' ? present : { kind: 'not', of: present };
}

const filterOf = (parameter: SearchParameter, values: readonly FilterValue[]): Criterion => ({
  kind: 'filter',
  filter: { parameter, values },
});

function notOffered({ code, type }: SearchParameter, operator: string, operators: readonly string[]): NotSearchable {
  const suggestion = nearest(operator, operators);
  const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  return new NotSearchable(
    `_filter: the operator "${printable(operator)}" is not offered for ${code}, a parameter of type ${type}.${hint} ` +
      `It takes ${operators.join(', ')}.`,
  );
}
