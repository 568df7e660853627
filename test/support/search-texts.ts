import { expect } from 'vitest';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { aBundle, anObservation, putting } from './resources.js';
import { startServer, type TestServer } from './server.js';

/** Of parameters that search Observations, and of none. */
export const codes = [
  ...new SearchParameters().forType('Observation').keys(),
  'nonsense',
  '_sort',
  '_has',
  'subject.name',
];
export const valid = [
  'gt5.4e-3|http://unitsofmeasure.org|mg',
  'ge2024-05-01T10:00:00+02:00',
  'http://loinc.org|8867-4',
  'Patient/p1',
  '8867-4$lt5',
  'true',
  'http://hl7.org/fhir/ValueSet/observation-status',
];
export const nasty = [
  "'; DROP TABLE resource; --",
  '%_\\',
  '.*[(?{+^$',
  '\u0000',
  '\ud800',
  '\u001f',
  '🩺',
  '$1::text',
  '1e400',
  '-0',
  '9'.repeat(500),
  '9999-12-31',
  '0001',
  '||||',
  '\\',
  ',',
  '$$',
  'İ'.repeat(50),
];

export const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

/** With three Observations. */
export async function startSearched(): Promise<TestServer> {
  const server = await startServer({ VALIDATION: 'structure' });
  const entries = ['a', 'b', 'c'].map((id) => putting({ ...anObservation('Patient/p1'), id }));
  const body = aBundle('transaction', ...entries);
  const { status, text } = await server.call('POST', '', { token: server.token('user/*.cruds'), body });
  if (status !== 200) throw new Error(text);
  return server;
}

/** The status of a search of Observations, which is answered, or refused with a reason. */
export async function expectSound(server: TestServer, query: string): Promise<number> {
  const { status, body, text } = await server.call('GET', `Observation?${query}`, {
    token: server.token('user/*.cruds'),
  });
  expect([200, 400, 403, 414], `${query}: ${text}`).toContain(status);
  if (status !== 200) expect(body.issue[0].diagnostics, query).toMatch(/\w/);
  return status;
}
