import type { JsonObject } from '../r4/json/json.js';

/** A resource as tests write it: plain JSON, or an interface of `@types/fhir`. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string | undefined;
}

/** Resource that a builder makes: valid R4, and open to any change. */
export type BuiltResource = JsonObject & { resourceType: string };

const terminology = 'http://terminology.hl7.org/CodeSystem';
const snomed = 'http://snomed.info/sct';
const loinc = 'http://loinc.org';

const coded = (system: string, code: string, display?: string): JsonObject => ({
  coding: [{ system, code, ...(display !== undefined && { display }) }],
});

/** A Patient with a family name. */
export const aPatient = (changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Patient',
  name: [{ family: 'Aal' }],
  ...changes,
});

/** A laboratory result of 2024; `subject` is a literal reference. */
export const anObservation = (subject: string, changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Observation',
  status: 'final',
  category: [coded(`${terminology}/observation-category`, 'laboratory')],
  code: coded(loinc, '8867-4'),
  subject: { reference: subject },
  effectiveDateTime: '2024-05-01T10:00:00Z',
  ...changes,
});

/** An outpatient visit of 2024 that is over. */
export const anEncounter = (subject: string, changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Encounter',
  status: 'finished',
  class: { system: `${terminology}/v3-ActCode`, code: 'AMB' },
  type: [coded(snomed, '185349003', 'Encounter for check up')],
  subject: { reference: subject },
  period: { start: '2024-05-01T09:40:00Z', end: '2024-05-01T10:20:00Z' },
  ...changes,
});

/** A diagnosis that goes on. */
export const aCondition = (subject: string, changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Condition',
  clinicalStatus: coded(`${terminology}/condition-clinical`, 'active'),
  verificationStatus: coded(`${terminology}/condition-ver-status`, 'confirmed'),
  category: [coded(`${terminology}/condition-category`, 'encounter-diagnosis')],
  code: coded(snomed, '38341003', 'Hypertensive disorder'),
  subject: { reference: subject },
  onsetDateTime: '2020-03-01',
  ...changes,
});

/** A Practitioner with a family name. */
export const aPractitioner = (changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Practitioner',
  active: true,
  name: [{ family: 'Brandt', given: ['Inga'], prefix: ['Dr.'] }],
  ...changes,
});

/** An active Organization. */
export const anOrganization = (changes: JsonObject = {}): BuiltResource => ({
  resourceType: 'Organization',
  active: true,
  name: 'Harbour Clinic',
  ...changes,
});

export type Entry = { readonly request: { readonly method: string; readonly url: string }; readonly resource?: object };

/** A batch or transaction of these entries. */
export const aBundle = (type: 'batch' | 'transaction', ...entry: readonly Entry[]): BuiltResource =>
  ({ resourceType: 'Bundle', type, entry }) as unknown as BuiltResource;

/** The entry that puts a resource at its own address. */
export const putting = (resource: object): Entry => {
  const { resourceType, id } = resource as Resource;
  return { request: { method: 'PUT', url: `${resourceType}/${String(id)}` }, resource };
};
