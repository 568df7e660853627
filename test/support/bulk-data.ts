const base = '/fhir/r4/';

/** Resources as NDJSON, each in a line that is ended. */
export const lines = (...resources: readonly object[]): string =>
  resources.map((one) => `${JSON.stringify(one)}\n`).join('');

/** The path below the FHIR base of an address that a server answered, such as `$export-file?job=1`. */
export const placeOf = (address: string): string => address.slice(address.indexOf(base) + base.length);
