import type { JsonObject } from '../../src/r4/json/json.js';

export { aBundle, anObservation, aPatient, type Entry, putting } from '../../src/testing/resources.js';

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
