import { createRequire } from 'node:module';

export type FhirPath = typeof import('fhirpath');
type Model = Parameters<FhirPath['compile']>[1];

const require = createRequire(import.meta.url);

/** The `fhirpath` package, loaded when first needed: it takes longer than the rest of a start. */
export const fhirpath = (): FhirPath => require('fhirpath') as FhirPath;
export const r4Model = (): Model => require('fhirpath/fhir-context/r4') as Model;
