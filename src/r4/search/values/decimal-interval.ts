import type { Decimal } from './decimal.js';

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
