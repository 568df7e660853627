import type { FilterValue, Prefix } from '../query/filter.js';
import { misfit } from '../values/invalid-search-value.js';
import { normalise } from '../values/normalise.js';
import { parseDateValue } from '../values/parse-date-value.js';
import { parserOf } from '../values/parse-filter.js';
import { splitPrefix } from '../values/prefix.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { ValueSettings } from '../values/value-settings.js';

interface Compared {
  readonly operator: string;
  readonly value: string;
  readonly settings: ValueSettings;
}

/** Returns the value that rows are compared with; the caller handles `ne`. */
export function compareValue(parameter: SearchParameter, compared: Compared): FilterValue {
  switch (parameter.type) {
    case 'string':
      return compareText(parameter, compared);
    case 'date':
    case 'number':
    case 'quantity':
      return compareNumber(parameter, compared);
    default:
      return compareExactly(parameter, compared);
  }
}

function compareText(parameter: SearchParameter, { operator, value }: Compared): FilterValue {
  const text = normalise(value);
  if (text === '') throw misfit(parameter, value, 'it is blank.');
  if (operator === 'sw') return { kind: 'string', prefix: text };
  if (operator === 'co') return { kind: 'part-of-string', part: text };
  return operator === 'ew' ? { kind: 'end-of-string', end: text } : { kind: 'whole-string', text };
}

/** The operator is the prefix of the value, which has none of its own. */
function compareNumber(parameter: SearchParameter, { operator, value, settings }: Compared): FilterValue {
  if (splitPrefix(value).rest !== value) throw misfit(parameter, value, 'in _filter it has no prefix.', withoutPrefix);
  const parsed = oneOf(parserOf(parameter, value)(parameter, value, settings));
  if (operator === 'po') return { ...(parseDateValue(parameter, value, settings) as DateValue), prefix: 'po' };
  return operator === 'eq'
    ? parsed
    : oneOf(parserOf(parameter, value)(parameter, `${operator as Prefix}${value}`, settings));
}

type DateValue = Extract<FilterValue, { readonly kind: 'date' }>;
const withoutPrefix = '2024-01-31';

function compareExactly(parameter: SearchParameter, { operator, value, settings }: Compared): FilterValue {
  if (operator === 'sw') return { kind: 'uri-below', start: value };
  return oneOf(parserOf(parameter, value)(parameter, value, settings));
}

/** Without a modifier, a text is one value. */
const oneOf = (parsed: FilterValue | readonly FilterValue[]): FilterValue =>
  (Array.isArray(parsed) ? parsed[0] : parsed) as FilterValue;
