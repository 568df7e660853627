import { isObject, type Json, type JsonObject } from '../../../json/json.js';
import { compareTimes, type DateInterval, parseDateInterval } from '../../values/date-interval.js';
import type { ValueSink } from '../value-sink.js';
import { each } from '../../../json/items.js';
import { type ValueIndexer, type ValueIndexers } from './value-indexer.js';

const intervalOf = (value: Json | undefined, { timeZone }: ValueSink): DateInterval | undefined =>
  typeof value === 'string' ? parseDateInterval(value, timeZone) : undefined;

const indexDate: ValueIndexer = (value, sink) => {
  const interval = intervalOf(value, sink);
  if (!interval) return;
  sink.range(interval);
  sink.sortNumber(interval.low, interval.low);
};

/** From the start's first instant to the end's last; a bound that is absent is open. It sorts by its start, in either direction. */
const indexPeriod: ValueIndexer = (period, sink) => {
  if (isObject(period)) indexBounds(period, sink);
};

function indexBounds(period: JsonObject, sink: ValueSink): boolean {
  const start = intervalOf(period['start'], sink);
  const end = intervalOf(period['end'], sink);
  const first = start ?? end;
  if (!first) return false;
  // An end before the start is no range.
  if (start && end && compareTimes(start.low, end.high) >= 0) return false;
  sink.range({ ...(start && { low: start.low }), ...(end && { high: end.high }) });
  sink.sortNumber(first.low, first.low);
  return true;
}

/** Only the outer limits count: the bounds, else the first and last event (https://hl7.org/fhir/R4/search.html#date). */
const indexTiming: ValueIndexer = (timing, sink) => {
  if (!isObject(timing)) return;
  const { repeat, event } = timing;
  const bounds = isObject(repeat) ? repeat['boundsPeriod'] : undefined;
  if (isObject(bounds) && indexBounds(bounds, sink)) return;
  const events = each(event)
    .flatMap((value) => intervalOf(value, sink) ?? [])
    .toSorted((left, right) => compareTimes(left.low, right.low));
  const [first] = events;
  const last = events.at(-1);
  if (!first || !last) return;
  sink.range({ low: first.low, high: last.high });
  sink.sortNumber(first.low, last.low);
};

/** https://hl7.org/fhir/R4/search.html#date */
export const dateIndexers: ValueIndexers = {
  date: indexDate,
  dateTime: indexDate,
  instant: indexDate,
  Period: indexPeriod,
  Timing: indexTiming,
};
