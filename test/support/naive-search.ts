/** A naive reading of https://hl7.org/fhir/R4/search.html for tests: numbers as floats, no index, nothing of `src`. */

/** From `low` to `high`; whether `high` belongs to it depends on the kind. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'] as const;
export type NaivePrefix = (typeof prefixes)[number];

/** Milliseconds, half open. */
export function dateInterval(text: string): Interval {
  const low = Date.parse(text);
  const end = new Date(low);
  if (text.length === 4) end.setUTCFullYear(end.getUTCFullYear() + 1);
  else if (text.length === 7) end.setUTCMonth(end.getUTCMonth() + 1);
  else if (text.length === 10) end.setUTCDate(end.getUTCDate() + 1);
  else end.setUTCSeconds(end.getUTCSeconds() + 1);
  return { low, high: end.getTime() };
}

/** An end that is absent is unbounded. */
export const periodInterval = (start: string | undefined, end: string | undefined): Interval => ({
  low: start === undefined ? -Infinity : dateInterval(start).low,
  high: end === undefined ? Infinity : dateInterval(end).high,
});

export function matchesDate(prefix: NaivePrefix, asked: Interval, row: Interval): boolean {
  const contained = asked.low <= row.low && row.high <= asked.high;
  const answers: Readonly<Record<NaivePrefix, boolean>> = {
    eq: contained,
    ne: !contained,
    gt: row.high > asked.high,
    lt: row.low < asked.low,
    ge: row.high > asked.high || contained,
    le: row.low < asked.low || contained,
    sa: row.low >= asked.high,
    eb: row.high <= asked.low,
  };
  return answers[prefix];
}

const rounded = (value: number): number => Math.round(value * 1e6);

/** `text` is what was asked, `row` the number of the resource, both times `factor`. */
export function matchesNumber(prefix: NaivePrefix, text: string, row: number, factor = 1): boolean {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const half = 0.5 * 10 ** (Number(exponent) - (mantissa.split('.')[1] ?? '').length);
  const value = Number(text);
  const [low, high, exact, found] = [value - half, value + half, value, row].map((one) => rounded(one * factor)) as [
    number,
    number,
    number,
    number,
  ];
  const isEqual = found >= low && found < high;
  const answers: Readonly<Record<NaivePrefix, boolean>> = {
    eq: isEqual,
    ne: !isEqual,
    gt: found > exact,
    sa: found > exact,
    lt: found < exact,
    eb: found < exact,
    ge: found >= exact,
    le: found <= exact,
  };
  return answers[prefix];
}

/** Without case, accents and needless blanks. */
export const folded = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/\s+/g, ' ').trim();

export interface NaiveCoding {
  readonly system?: string;
  readonly code?: string;
}

/** `system` empty: none. */
export const matchesToken = (asked: NaiveCoding, row: NaiveCoding): boolean =>
  (asked.code === undefined || asked.code === row.code) &&
  (asked.system === undefined || asked.system === (row.system ?? ''));

export const escapeValue = (text: string): string => text.replaceAll(/[\\,|$]/g, String.raw`\$&`);
