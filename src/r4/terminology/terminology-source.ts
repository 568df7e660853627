import type { CodeSystem } from './code-system.js';
import type { ValueSet } from './value-set.js';

/** Source of value sets and code systems, by canonical or `Type/id`; those that the caller may not read are absent. */
export interface TerminologySource {
  /** In their order. */
  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]>;
  codeSystems(names: readonly string[]): Promise<readonly (CodeSystem | undefined)[]>;
}
