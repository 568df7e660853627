import type { FhirOptions } from '../../fhir-options.js';
import type { ItemLimits } from './source-items.js';

const usual = { privateHosts: [], fileLimit: 10 * 1024 ** 3, patience: 60 };

/** Limits of imports, by the settings. */
export function itemLimits({
  depthLimit,
  valuesLimit,
  bodyLimit: lineLimit,
  imports = usual,
}: FhirOptions): ItemLimits {
  return { ...imports, depthLimit, valuesLimit, lineLimit };
}
