import { isObject, type JsonObject } from '../../../json/json.js';
import type { QuantityRanges } from '../value-sink.js';
import { moneyRanges, quantityRanges, rangeRanges, sampledDataRanges } from './quantity-ranges.js';
import type { ValueIndexer, ValueIndexers } from './value-indexer.js';

/** Several parameters and composites look at one quantity; converting it is the dearest step, so it is done once. */
const indexRanges =
  (compute: (value: JsonObject) => QuantityRanges | undefined): ValueIndexer =>
  (value, sink) => {
    if (!isObject(value)) return;
    if (!sink.quantities.has(value)) sink.quantities.set(value, compute(value));
    const found = sink.quantities.get(value);
    if (!found) return;
    for (const range of found.ranges) sink.range(range);
    sink.sortNumber(found.least, found.greatest);
  };

/** https://hl7.org/fhir/R4/search.html#quantity */
export const quantityIndexers: ValueIndexers = {
  Quantity: indexRanges(quantityRanges),
  Money: indexRanges(moneyRanges),
  Range: indexRanges(rangeRanges),
  SampledData: indexRanges(sampledDataRanges),
};
