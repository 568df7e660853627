import { isObject, type Json } from '../../../json/json.js';
import { compareDecimals, type Decimal, decimalOf, decimalText } from '../../values/decimal.js';
import type { ValueIndexers } from './value-indexer.js';

/** Latitude and longitude as ranges of one parameter; what lies outside the globe is no position. */
export const positionIndexers: ValueIndexers = {
  'Location.position': (position, sink) => {
    if (!isObject(position)) return;
    const latitude = degrees(position['latitude'], 90n);
    const longitude = degrees(position['longitude'], 180n);
    if (latitude === undefined || longitude === undefined) return;
    sink.range({ low: latitude, high: latitude, unit: 'lat' });
    sink.range({ low: longitude, high: longitude, unit: 'lon' });
  },
};

function degrees(value: Json | undefined, most: bigint): string | undefined {
  const decimal = decimalOf(value);
  if (!decimal) return undefined;
  const isWithin = compareDecimals(decimal, whole(-most)) >= 0 && compareDecimals(decimal, whole(most)) <= 0;
  return isWithin ? decimalText(decimal) : undefined;
}

const whole = (digits: bigint): Decimal => ({ digits, scale: 0 });
