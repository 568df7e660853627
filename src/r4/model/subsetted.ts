import { isObject, type Json } from '../json/json.js';

/** Tag of a part of a resource (https://hl7.org/fhir/R4/search.html#summary). */
export const subsetted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
} as const;

export const isSubsetted = (tag: Json): boolean =>
  isObject(tag) && tag['system'] === subsetted.system && tag['code'] === subsetted.code;
