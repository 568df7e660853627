import type { JsonObject } from '../../../r4/json/json.js';

/** Injection token of the {@link TerminologyProvider} of an application; none is needed. */
export const TERMINOLOGY = Symbol('TERMINOLOGY');

/**
 * Has value sets and code systems that are neither stored here nor R4's own, such as those of a terminology server. Searches
 * by `:in`, `:not-in`, `:above` and `:below` ask it; policies do not, since what they name has to be known when a request is decided (docs/adr/0065).
 */
export interface TerminologyProvider {
  /** For the log, such as `ontoserver`. */
  readonly name: string;
  /** Milliseconds for one call; 5000 unless said, 30000 at most. */
  readonly timeout?: number;
  /**
   * The resources, in the order of the canonicals (`url` or `url|version`); undefined for one that it does not have. A ValueSet with its expansion or by
   * systems that it has too, a CodeSystem with its concepts. They are remembered for five minutes.
   */
  find(type: 'ValueSet' | 'CodeSystem', canonicals: readonly string[]): Promise<readonly (JsonObject | undefined)[]>;
}
