import { compareDecimals, parseDecimal } from '../values/decimal.js';
import type { CompositePart } from './composite-parts.js';
import type { IndexCollector } from './index-collector.js';
import { unitSeparator } from './index-values.js';

/** Between the components of a composite entry; no code or URL holds it. */
export const componentSeparator = `${unitSeparator}$${unitSeparator}`;

type Exact = Extract<CompositePart, { kind: 'exact' }>;

/**
 * Indexes one combination of component values of a composite (https://hl7.org/fhir/R4/search.html#composite):
 * exact and exact as `parameter␟left␟$␟right`, each also without system or type; exact and text as a value with the
 * normalised text last; exact and range as a range with `code`; exact, number and number (the coordinates of
 * MolecularSequence) as one range from the first to the second number.
 */
export function indexCombination(parts: readonly CompositePart[], parameter: string, collector: IndexCollector): void {
  const [first, second, third] = parts;
  if (first?.kind !== 'exact' || !second) return;
  if (second.kind === 'exact') addPair(first, second, parameter, collector);
  else if (second.kind === 'text') {
    collector.addValue(parameter + unitSeparator + first.exact + componentSeparator + second.text);
  } else if (third?.kind === 'range') {
    addCoordinates(first.exact, second.range.low, third.range.high, { parameter, collector });
  } else collector.addRange({ parameter, ...second.range, code: first.exact });
}

function addPair(left: Exact, right: Exact, parameter: string, collector: IndexCollector): void {
  const start = parameter + unitSeparator;
  collector.addExact(start + left.exact + componentSeparator + right.exact);
  const lefts = left.loose === undefined ? [left.exact] : [left.exact, left.loose];
  const rights = right.loose === undefined ? [right.exact] : [right.exact, right.loose];
  for (const one of lefts) for (const other of rights) collector.addHash(start + one + componentSeparator + other);
}

function addCoordinates(
  code: string,
  low: string | undefined,
  high: string | undefined,
  { parameter, collector }: { readonly parameter: string; readonly collector: IndexCollector },
): void {
  const start = parseDecimal(low ?? '');
  const end = parseDecimal(high ?? '');
  if (low === undefined || high === undefined || !start || !end || compareDecimals(start, end) > 0) return;
  collector.addRange({ parameter, low, high, code });
}
