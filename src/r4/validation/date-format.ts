/** Dates and times as R4 writes them (https://hl7.org/fhir/R4/datatypes.html#dateTime), and days that exist. */
import { parseDateInterval } from '../search/values/date-interval.js';

const date = /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$/;
const dateTime = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T/;
const time = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?$/;
const zonedTime = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/;

/** `T` stands behind `2015-02-07`. */
const timeStart = 11;

export const isTime = (text: string): boolean => time.test(text);

export function isDate(text: string): boolean {
  const match = date.exec(text);
  return match !== null && exists(match);
}

export const isDateTime = (text: string): boolean => (text.length < timeStart ? isDate(text) : isInstant(text));

export function isInstant(text: string): boolean {
  const match = dateTime.exec(text);
  return match !== null && exists(match) && zonedTime.test(text.slice(timeStart));
}

/** True if the calendar has the day; every month has the first 28. */
const exists = ([, year = '', month, day = '01']: RegExpExecArray): boolean =>
  year !== '0000' && (day < '29' || parseDateInterval(`${year}-${month}-${day}`, 'UTC') !== undefined);
