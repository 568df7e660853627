import { isObject, type JsonObject } from '../../../json/json.js';
import { compareDecimals, type Decimal, decimalOf } from '../../values/decimal.js';

/** From where to where a value reaches; an absent end is open. */
export interface Bounds {
  readonly low?: Decimal;
  readonly high?: Decimal;
  /** The ends that sorting compares. */
  readonly least: Decimal;
  readonly greatest: Decimal;
}

/** The ends of a FHIR Range; undefined when there is none, or they are the wrong way round. */
export function rangeBounds(range: JsonObject): Bounds | undefined {
  const low = valueOf(range, 'low');
  const high = valueOf(range, 'high');
  const least = low ?? high;
  const greatest = high ?? low;
  if (!least || !greatest || compareDecimals(least, greatest) > 0) return undefined;
  return {
    least,
    greatest,
    ...(low && { low }),
    ...(high && { high }),
  };
}

function valueOf(range: JsonObject, end: 'low' | 'high'): Decimal | undefined {
  const quantity = range[end];
  return isObject(quantity) ? decimalOf(quantity['value']) : undefined;
}
