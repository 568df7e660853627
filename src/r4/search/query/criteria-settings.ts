import type { ValueSettings } from '../values/value-settings.js';
import type { SearchOffer } from '../parameters/search-offer.js';

/** Settings for the reading of criteria. */
export interface CriteriaSettings extends ValueSettings {
  readonly offer: SearchOffer;
  /** Largest number of references that one criterion may follow. */
  readonly chainDepth: number;
  /** True for a type that the caller may search; a chain without a type follows only these. */
  readonly maySearch: (type: string) => boolean;
}
