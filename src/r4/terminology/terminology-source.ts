import type { CodeSystem } from './code-system.js';
import type { ValueSet } from './value-set.js';

/** Where value sets and code systems are looked up by canonical or `Type/id`: what the caller may not read is not there. */
export interface TerminologySource {
  /** In their order. */
  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]>;
  codeSystems(names: readonly string[]): Promise<readonly (CodeSystem | undefined)[]>;
}
