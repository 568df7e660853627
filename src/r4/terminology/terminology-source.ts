import type { CodeSystem } from './code-systems/code-system.js';
import type { ValueSet } from './value-sets/value-set.js';

/** Codes that will be asked about: a source whose concepts lie in a store may read them together with the code systems. */
export interface Foreseen {
  readonly codes: readonly string[];
  /** With what lies right above and below each. */
  readonly withLinks?: boolean;
}

/** Source of value sets and code systems, by canonical or `Type/id`; those that the caller may not read are absent. */
export interface TerminologySource {
  /** In their order. */
  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]>;
  codeSystems(names: readonly string[], foreseen?: Foreseen): Promise<readonly (CodeSystem | undefined)[]>;
  /** Versions of a code system, for messages; absent: only the newest is known. */
  readonly versionsOf?: ((url: string) => Promise<readonly string[]>) | undefined;
}
