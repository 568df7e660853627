import type { Json } from '../../json/json.js';
import { valueSetCodes } from '../../model/value-sets.js';
import type { TypedPath } from './typed-path.js';

/** The code system that a `code` found along the path implies; empty: none (https://hl7.org/fhir/R4/search.html#token). */
export function impliedSystem({ system, valueSet }: TypedPath): (value: Json) => string {
  const systems = valueSet === undefined ? undefined : valueSetCodes(valueSet)?.systems;
  if (!systems) return () => system ?? '';
  const ofCode = new Map([...systems].toReversed().flatMap(([one, codes]) => [...codes].map((code) => [code, one])));
  return (value) => (typeof value === 'string' ? (ofCode.get(value) ?? '') : '');
}
