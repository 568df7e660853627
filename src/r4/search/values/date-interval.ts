import { compareDecimals, decimalText, parseDecimal } from './decimal.js';
import { instantAt, startOfDay } from './time-zone.js';

/** Microseconds since 1970 as decimal text, with a fraction where finer digits are written; half open: [low, high). */
export interface DateInterval {
  readonly low: string;
  readonly high: string;
}

/** Longest text that can be a date; what is longer is not looked at. */
const longest = 64;
const pattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

const minute = 60_000;
const day = 86_400_000;

/**
 * Reads a FHIR date, dateTime or instant as the interval its precision implies. `timeZone` (an IANA name) is meant where
 * none is written: dates begin with its days.
 * Minutes without seconds are accepted, as search does (https://hl7.org/fhir/R4/search.html#date).
 * Undefined for anything else, such as `1980-02-31`.
 */
export function parseDateInterval(text: string, timeZone: string): DateInterval | undefined {
  const match = text.length <= longest ? pattern.exec(text) : null;
  if (!match) return undefined;
  const [year, month] = [Number(match[1]), Number(match[2] ?? 1)];
  if (year < 1 || month < 1 || month > 12) return undefined;
  if (match[2] === undefined) return days(utc(year, 0, 1), utc(year + 1, 0, 1), timeZone);
  const [first, next] = [utc(year, month - 1, 1), utc(year, month, 1)];
  return match[3] === undefined ? days(first, next, timeZone) : dayInterval({ first, next, timeZone }, match);
}

/** https://hl7.org/fhir/R4/datatypes.html#instant: to the second at least, with its zone. */
export const isInstant = (text: string): boolean =>
  /T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && parseDateInterval(text, 'UTC') !== undefined;

/** The month and the one after it. */
interface Month {
  readonly first: number;
  readonly next: number;
  readonly timeZone: string;
}

function dayInterval({ first, next, timeZone }: Month, match: RegExpExecArray): DateInterval | undefined {
  const start = first + (Number(match[3]) - 1) * day;
  if (start < first || start >= next) return undefined;
  return match[4] === undefined ? days(start, start + day, timeZone) : timeInterval(start, match, timeZone);
}

function timeInterval(start: number, match: RegExpExecArray, timeZone: string): DateInterval | undefined {
  const [hour, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  // A leap second is written as 60.
  if (hour > 23 || minutes > 59 || seconds > 60) return undefined;
  const written = start + ((hour * 60 + minutes) * 60 + seconds) * 1000;
  const low = match[8] === undefined ? instantAt(written, timeZone) : before(written, zoneOffset(match[8]));
  if (low === undefined) return undefined;
  if (match[6] === undefined) return between(low, low + minute);
  const fraction = match[7];
  return fraction === undefined ? between(low, low + 1000) : fractionInterval(low, fraction);
}

/** As precise as it is written: .NET writes seven digits, Java nine. */
function fractionInterval(low: number, fraction: string): DateInterval {
  const digits = Math.min(fraction.length, 6);
  const width = 10 ** (6 - digits);
  const microseconds = Number(fraction.slice(0, digits)) * width;
  const finer = fraction.slice(digits);
  if (finer !== '') return finerInterval(shifted(low, microseconds), finer);
  return { low: shifted(low, microseconds), high: shifted(low, microseconds + width) };
}

function finerInterval(microseconds: string, finer: string): DateInterval {
  const scale = finer.length;
  const digits = BigInt(microseconds) * 10n ** BigInt(scale) + BigInt(finer);
  return { low: decimalText({ digits, scale }), high: decimalText({ digits: digits + 1n, scale }) };
}

/** Whole microseconds, rounded down. */
export function wholeMicroseconds(microseconds: string): bigint {
  const [whole = '', fraction] = microseconds.split('.');
  return fraction !== undefined && whole.startsWith('-') ? BigInt(whole) - 1n : BigInt(whole);
}

/** Whole microseconds, rounded up. */
export const nextMicrosecond = (microseconds: string): bigint =>
  wholeMicroseconds(microseconds) + (microseconds.includes('.') ? 1n : 0n);

/** Negative, zero or positive, as for `Array.sort`. */
export const compareTimes = (left: string, right: string): number =>
  compareDecimals(parseDecimal(left)!, parseDecimal(right)!);

const before = (time: number, offset: number | undefined): number | undefined =>
  offset === undefined ? undefined : time - offset;

/** Milliseconds east of Greenwich; undefined beyond fourteen hours. */
function zoneOffset(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  const total = hours * 60 + minutes;
  if (minutes > 59 || total > 14 * 60) return undefined;
  return (zone.startsWith('-') ? -total : total) * minute;
}

/** `Date.UTC` reads the years 0 to 99 as 1900 to 1999. */
function utc(year: number, month: number, dayOfMonth: number): number {
  return year > 99 ? Date.UTC(year, month, dayOfMonth) : new Date(0).setUTCFullYear(year, month, dayOfMonth);
}

const days = (first: number, next: number, timeZone: string): DateInterval =>
  between(startOfDay(first, timeZone), startOfDay(next, timeZone));

const between = (low: number, high: number): DateInterval => ({ low: shifted(low, 0), high: shifted(high, 0) });

/** Microseconds beyond year 2255 do not fit a double, so text is put together instead. */
function shifted(milliseconds: number, microseconds: number): string {
  const whole = milliseconds + Math.floor(microseconds / 1000);
  const rest = microseconds % 1000;
  if (rest !== 0) return (BigInt(whole) * 1000n + BigInt(rest)).toString();
  return whole === 0 ? '0' : `${whole}000`;
}
