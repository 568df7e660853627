// References in all their forms: what search finds, and whose record they open
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anObservation, base, criterion, openStorage, patient, type Storage, system } from './storage.fixture.js';

const forms = {
  relative: 'Patient/p1',
  absolute: `${base}/Patient/p1`,
  versioned: 'Patient/p1/_history/2',
  'absolute-versioned': `${base}/Patient/p1/_history/2`,
  foreign: 'http://other.example/fhir/Patient/p1',
  'foreign-versioned': 'http://other.example/fhir/Patient/p1/_history/2',
  'other-scheme': `${base.replace('http:', 'https:')}/Patient/p1`,
  'other-path': 'http://localhost:3000/other/Patient/p1',
  urn: 'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11',
  slash: 'Patient/p1/',
  query: 'Patient/p1?x=1',
  lower: 'patient/p1',
  unknown: 'Foo/p1',
  encoded: 'Patient/p%31',
  contained: '#p1',
};
const ours = ['absolute', 'absolute-versioned', 'relative', 'versioned'];

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  const byIdentifier = { type: 'Patient', identifier: { system: 'urn:mrn', value: 'p1' } };
  const contained = [{ resourceType: 'Patient', id: 'p1' }];
  await storage.resources.write([
    ...Object.entries(forms).map(([id, reference]) => system.create({ ...anObservation(reference), contained }, id)),
    system.create({ ...anObservation(''), subject: byIdentifier }, 'identifier'),
  ]);
});
afterAll(() => storage.close());

const find = async (text: string | undefined, caller = system): Promise<readonly string[]> => {
  const criteria = text === undefined ? [] : [criterion('Observation', 'subject', text)];
  const { rows } = await storage.resources.search(
    [{ access: caller.to('Observation', 's'), criteria }],
    { count: 100 },
    caller.searching,
  );
  return rows.map(({ id }) => id).toSorted();
};

describe('a search by reference', () => {
  it.each(['Patient/p1', `${base}/Patient/p1`, 'p1'])(
    'finds every form that names a resource here: %s',
    async (text) => {
      expect(await find(text)).toEqual(ours);
    },
  );

  it('finds another server by its URL, whatever the version', async () => {
    expect(await find(forms.foreign)).toEqual(['foreign', 'foreign-versioned']);
    expect(await find(forms['foreign-versioned'])).toEqual(['foreign-versioned']);
    expect(await find(forms.urn)).toEqual(['urn']);
    expect(await find(forms['other-scheme'])).toEqual(['other-scheme']);
  });
});

describe('the record of a patient', () => {
  it('has what refers to it by a form that names a resource here, and nothing else', async () => {
    expect(await find(undefined, patient('p1'))).toEqual(ours);
  });
});
