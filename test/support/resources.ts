import type { JsonObject } from '../../src/r4/json/json.js';

const observationCategory = 'http://terminology.hl7.org/CodeSystem/observation-category';

export const aPatient = (changes: JsonObject = {}): JsonObject => ({
  resourceType: 'Patient',
  name: [{ family: 'Aal' }],
  ...changes,
});

/** A laboratory result of 2024; `subject` is a literal reference. */
export const anObservation = (subject: string, changes: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: observationCategory, code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: subject },
  effectiveDateTime: '2024-05-01T10:00:00Z',
  ...changes,
});

export const aDocument = (subject: string, url: string, changes: JsonObject = {}): JsonObject => ({
  resourceType: 'DocumentReference',
  status: 'current',
  subject: { reference: subject },
  content: [{ attachment: { url } }],
  ...changes,
});

export const aBinary = (changes: JsonObject = {}): JsonObject => ({
  resourceType: 'Binary',
  contentType: 'text/plain',
  data: 'aGVsbG8=',
  ...changes,
});

export const aProvenance = (...targets: readonly string[]): JsonObject => ({
  resourceType: 'Provenance',
  target: targets.map((reference) => ({ reference })),
  recorded: '2024-05-01T10:00:00Z',
  agent: [{ who: { display: 'somebody' } }],
});

export type Entry = { readonly request: { readonly method: string; readonly url: string }; readonly resource?: object };

export const aBundle = (type: 'batch' | 'transaction', ...entry: readonly Entry[]): JsonObject =>
  ({ resourceType: 'Bundle', type, entry }) as unknown as JsonObject;

/** The entry that puts a resource at its own address. */
export const putting = (resource: JsonObject): Entry => ({
  request: { method: 'PUT', url: `${resource['resourceType'] as string}/${resource['id'] as string}` },
  resource,
});
