import { type Decimal, decimalText, multiply, parseDecimal, decimalInterval } from './decimal.js';
import type { FilterValue, NumberBounds, Prefix } from '../query/filter.js';
import { misfit } from './invalid-search-value.js';
import { splitPrefix } from './prefix.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/**
 * A number after its prefix (https://hl7.org/fhir/R4/search.html#number). Its significant digits count for `eq` and
 * `ne`; the other prefixes take it as exact.
 */
export function parseNumberValue(parameter: SearchParameter, text: string): FilterValue {
  return { kind: 'number', ...parseBounds(parameter, text, text) };
}

/** `number`: what stands for it in `text`. `factor`: to the unit that the index has. */
export function parseBounds(
  parameter: SearchParameter,
  text: string,
  number: string,
  factor: Decimal = one,
): NumberBounds {
  const { prefix, rest } = splitPrefix(number);
  const value = parseDecimal(rest);
  if (!value) throw misfit(parameter, text, numberFact(rest));
  const { low, high } = prefix === 'ap' ? aboutTenPercent(value) : decimalInterval(value);
  const written = (decimal: Decimal): string => decimalText(multiply(decimal, factor));
  return { prefix, value: written(value), low: written(low), high: written(high) };
}

const one: Decimal = { digits: 1n, scale: 0 };

function aboutTenPercent({ digits, scale }: Decimal): { readonly low: Decimal; readonly high: Decimal } {
  const tenth = digits < 0n ? -digits : digits;
  return {
    low: { digits: digits * 10n - tenth, scale: scale + 1 },
    high: { digits: digits * 10n + tenth, scale: scale + 1 },
  };
}

const prefixes: readonly Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

function numberFact(text: string): string {
  if (/^[a-z]{2}-?\d/.test(text)) return `prefixes are ${prefixes.join(', ')}.`;
  return 'it is no number such as 5, -5.40 or 5.4e-3.';
}
