import { isObject, type Json, type JsonObject } from '../../../json/json.js';
import { canonicalUnit, ucumSystem } from '../../values/canonical-unit.js';
import {
  add,
  compareDecimals,
  type Decimal,
  decimalOf,
  decimalText,
  multiply,
  parseDecimal,
} from '../../values/decimal.js';
import type { QuantityRanges } from '../value-sink.js';
import { type Bounds, rangeBounds } from './range-bounds.js';
import { plainText } from './value-indexer.js';

/** A unit in which a quantity is indexed, and the factor that leads there. */
interface UnitForm {
  readonly unit: string;
  readonly factor?: Decimal;
}

/** As written (code, and the human unit if it differs), and converted to UCUM's base units; the last one sorts. */
function unitForms(quantity: JsonObject): readonly UnitForm[] {
  const code = plainText(quantity['code']);
  const system = plainText(quantity['system']);
  const unit = plainText(quantity['unit']);
  const forms: UnitForm[] = [];
  if (unit !== '' && unit !== code) forms.push({ unit: `${unit}|` });
  if (code !== '' || unit === '') forms.push({ unit: `${code}|${system}` });
  const canonical = system === ucumSystem && code !== '' ? canonicalUnit(code) : undefined;
  if (canonical) forms.push({ unit: `${canonical.code}|ucum:canonical`, factor: canonical.factor });
  return forms;
}

function rangesOf(forms: readonly UnitForm[], bounds: Bounds): QuantityRanges {
  const ranges = forms.map(({ unit, factor }) => {
    const text = (value: Decimal): string => decimalText(factor ? multiply(value, factor) : value);
    const low = bounds.low && { low: text(bounds.low) };
    return { ...low, ...(bounds.high && { high: text(bounds.high) }), unit };
  });
  const factor = forms.at(-1)?.factor;
  const sorted = (value: Decimal): string => decimalText(factor ? multiply(value, factor) : value);
  const least = sorted(bounds.least);
  return { ranges, least, greatest: bounds.greatest === bounds.least ? least : sorted(bounds.greatest) };
}

/** https://hl7.org/fhir/R4/valueset-quantity-comparator.html: `<5` reaches from nowhere up to 5. */
function boundsOf(value: Decimal, comparator?: Json): Bounds {
  const bounds: Bounds = { least: value, greatest: value };
  if (comparator === '<' || comparator === '<=') return { ...bounds, high: value };
  if (comparator === '>' || comparator === '>=') return { ...bounds, low: value };
  return { ...bounds, low: value, high: value };
}

export function quantityRanges(quantity: JsonObject): QuantityRanges | undefined {
  const value = decimalOf(quantity['value']);
  return value && rangesOf(unitForms(quantity), boundsOf(value, quantity['comparator']));
}

export function moneyRanges(money: JsonObject): QuantityRanges | undefined {
  const value = decimalOf(money['value']);
  const currency = plainText(money['currency']);
  return value && rangesOf([{ unit: `${currency}|${currency && 'urn:iso:std:iso:4217'}` }], boundsOf(value));
}

/** Both ends are in the same unit, says FHIR; when they are not, there is no range. */
export function rangeRanges(range: JsonObject): QuantityRanges | undefined {
  const { low, high } = range;
  if (isObject(low) && isObject(high) && plainText(low['code']) !== plainText(high['code'])) return undefined;
  const bounds = rangeBounds(range);
  const quantity = isObject(low) ? low : high;
  return bounds && isObject(quantity) ? rangesOf(unitForms(quantity), bounds) : undefined;
}

/** From the least to the greatest sample: `origin + factor × data`; `E`, `U` and `L` are no samples. */
export function sampledDataRanges(sampled: JsonObject): QuantityRanges | undefined {
  if (!isObject(sampled['origin']) || typeof sampled['data'] !== 'string') return undefined;
  const origin = decimalOf(sampled['origin']['value']);
  const factor = decimalOf(sampled['factor'] ?? 1);
  if (!origin || !factor) return undefined;
  const extremes = leastAndGreatest(sampled['data']);
  if (!extremes) return undefined;
  const [first, second] = extremes.map((value) => add(origin, multiply(value, factor))) as [Decimal, Decimal];
  const [least, greatest] = compareDecimals(first, second) <= 0 ? [first, second] : [second, first];
  const bounds = { least, greatest, low: least, high: greatest };
  return rangesOf(unitForms(sampled['origin']), bounds);
}

function leastAndGreatest(data: string): readonly [Decimal, Decimal] | undefined {
  let least: Decimal | undefined;
  let greatest: Decimal | undefined;
  for (const [text] of data.matchAll(/\S+/g)) {
    const value = parseDecimal(text);
    if (!value) continue;
    if (!least || compareDecimals(value, least) < 0) least = value;
    if (!greatest || compareDecimals(value, greatest) > 0) greatest = value;
  }
  return least && greatest && [least, greatest];
}
