import { ExactNumber as WrittenDecimal, type Json } from '../../json/json.js';

/** An exact decimal number: `digits` × 10^-`scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const pattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Digits before or after the point that an index value may have; PostgreSQL holds more, nobody measures it. */
const longest = 400;

/** Reads a JSON number exactly, trailing zeros kept as significant; undefined for anything else and for absurd sizes. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = text.length <= longest ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > longest) return undefined;
  return { digits: BigInt(sign + whole + fraction), scale };
}

/** The text of a number in a resource. */
export function numberText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return value instanceof WrittenDecimal ? value.text : undefined;
}

/** The number a resource holds, exactly. */
export function decimalOf(value: Json | undefined): Decimal | undefined {
  const text = numberText(value);
  return text === undefined ? undefined : parseDecimal(text);
}

export const multiply = (left: Decimal, right: Decimal): Decimal => ({
  digits: left.digits * right.digits,
  scale: left.scale + right.scale,
});

export function add(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return { digits: digitsAt(left, scale) + digitsAt(right, scale), scale };
}

/** Negative, zero or positive, as for `Array.sort`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const difference = digitsAt(left, scale) - digitsAt(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const digitsAt = ({ digits, scale }: Decimal, wanted: number): bigint => digits * 10n ** BigInt(wanted - scale);

/** Without exponent, and without zeros that say nothing: one text for each number. */
export function decimalText({ digits, scale }: Decimal): string {
  if (scale <= 0) return (digits * 10n ** BigInt(-scale)).toString();
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const fraction = text.slice(-scale).replace(/0+$/, '');
  const result = fraction === '' ? text.slice(0, -scale) : `${text.slice(0, -scale)}.${fraction}`;
  return negative && result !== '0' ? `-${result}` : result;
}

/** Half open: [low, high). */
export interface DecimalInterval {
  readonly low: Decimal;
  readonly high: Decimal;
}

/**
 * The interval that the significant digits of a number imply: `5.40` is [5.395, 5.405), `1E2` is [50, 150)
 * (https://hl7.org/fhir/R4/search.html#number).
 */
export function decimalInterval({ digits, scale }: Decimal): DecimalInterval {
  return {
    low: { digits: digits * 10n - 5n, scale: scale + 1 },
    high: { digits: digits * 10n + 5n, scale: scale + 1 },
  };
}
