import type { SearchParameter } from 'lanyard-fhir/r4';

/** `Observation?device-identifier=urn:acme:device|42` */
export const deviceIdentifier: SearchParameter = {
  code: 'device-identifier',
  type: 'token',
  url: 'https://acme.example/fhir/SearchParameter/device-identifier',
  base: ['Observation'],
  expression: 'Observation.device.identifier',
};
