import type { SearchParameter } from 'lanyard-fhir/r4';

/** `Patient?zephyr-called=Addie`: names that patients want to be called by. */
export const preferredName: SearchParameter = {
  code: 'zephyr-called',
  type: 'string',
  url: 'http://example.org/fhir/SearchParameter/zephyr-called',
  base: ['Patient'],
  expression: "Patient.name.where(use = 'nickname').given",
};
