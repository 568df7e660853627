import { isObject } from '../../../json/json.js';
import { decimalOf, decimalText } from '../../values/decimal.js';
import { rangeBounds } from './range-bounds.js';
import type { ValueIndexer, ValueIndexers } from './value-indexer.js';

const indexNumber: ValueIndexer = (value, sink) => {
  const decimal = decimalOf(value);
  if (!decimal) return;
  const text = decimalText(decimal);
  sink.range({ low: text, high: text });
  sink.sortNumber(text, text);
};

const indexRange: ValueIndexer = (range, sink) => {
  const bounds = isObject(range) ? rangeBounds(range) : undefined;
  if (!bounds) return;
  const low = bounds.low && { low: decimalText(bounds.low) };
  sink.range({ ...low, ...(bounds.high && { high: decimalText(bounds.high) }) });
  sink.sortNumber(decimalText(bounds.least), decimalText(bounds.greatest));
};

/** https://hl7.org/fhir/R4/search.html#number */
export const numberIndexers: ValueIndexers = { decimal: indexNumber, integer: indexNumber, Range: indexRange };
