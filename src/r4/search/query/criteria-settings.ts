import type { ValueSettings } from '../values/value-settings.js';
import type { SearchOffer } from '../parameters/search-offer.js';

/** What the reading of criteria needs to know. */
export interface CriteriaSettings extends ValueSettings {
  readonly offer: SearchOffer;
  /** How many references one criterion may follow. */
  readonly chainDepth: number;
  /** Where a chain names no type, those that the caller may search are followed. */
  readonly maySearch: (type: string) => boolean;
}
