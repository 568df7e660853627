import type { CodeSystem } from '../code-systems/code-system.js';
import type { ConceptFilter } from '../value-sets/value-set.js';

/** True for a filter whose value is an expression constraint (https://hl7.org/fhir/R4/snomedct.html#filters). */
export const isEcl = ({ url }: Pick<CodeSystem, 'url'>, { property, op }: ConceptFilter): boolean =>
  url === 'http://snomed.info/sct' && property === 'constraint' && op === '=';
