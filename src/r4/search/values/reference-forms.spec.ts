import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../json/json.js';
import { isResourceType } from '../../model/resource-types.js';
import { ResourceIndexer } from '../index/resource-indexer.js';
import { SearchParameters } from '../parameters/search-parameters.js';

const parameters = new SearchParameters();
const bases = [
  'http://localhost:3000/fhir/r4',
  'https://host.example/a/path/fhir/r4',
  'https://host.example:8443/fhir/r4',
];

interface Indexed {
  readonly entries: readonly string[];
  readonly compartments: readonly string[];
}

function indexed(base: string, subject: JsonObject): Indexed {
  const resource = { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'p1' }], subject };
  const { values, compartments } = new ResourceIndexer(parameters, { base, timeZone: 'UTC' }).index(resource);
  const entries = values.filter((entry) => ['subject\u001f', 'subject:'].some((start) => entry.startsWith(start)));
  return { entries: entries.map((entry) => entry.slice('subject'.length).replaceAll('\u001f', '|')), compartments };
}

const local: Indexed = { entries: ['|Patient/p1'], compartments: ['Patient/p1'] };
const elsewhere = (...urls: readonly string[]): Indexed => ({
  entries: urls.map((url) => `|${url}`),
  compartments: [],
});
const longest = 'a'.repeat(64);

describe.each(bases)('a literal reference where the base is %s', (base) => {
  const { origin } = new URL(base);
  const otherScheme = base.startsWith('https:') ? base.replace('https:', 'http:') : base.replace('http:', 'https:');

  it.each(['Patient/p1', `${base}/Patient/p1`, 'Patient/p1/_history/2', `${base}/Patient/p1/_history/2`])(
    'names a resource of this server: %s',
    (reference) => {
      expect(indexed(base, { reference })).toEqual(local);
      expect(indexed(base, { reference, type: 'Patient', display: 'somebody' })).toEqual(local);
    },
  );

  it.each([
    'http://other.example/fhir/Patient/p1',
    `${otherScheme}/Patient/p1`,
    `${origin}/Patient/p1`,
    `${origin}/elsewhere/Patient/p1`,
    `${base}x/Patient/p1`,
    `${base}.evil.example/Patient/p1`,
    `${base}//Patient/p1`,
    `${base}/${base}/Patient/p1`,
    `${base}/../r4/Patient/p1`,
    `${base}/Patient/p1/`,
    `${base}/Patient/p1?x=1`,
    `${base}/Patient/p1#x`,
    `http://other.example/?x=${base}/Patient/p1`,
    'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11',
    'urn:oid:1.2.3',
    '/Patient/p1',
    './Patient/p1',
    '//Patient/p1',
    'Patient/p1/',
    'Patient/p1?x=1',
    'Patient/p1#x',
    'Patient/p1/Observation/o1',
    'Patient/p1/_history',
    'Patient/p1/_history/',
    `Patient/p1/_history/${longest}a`,
    'Patient?identifier=12',
    'Patient',
    'p1',
    'patient/p1',
    'PATIENT/p1',
    'Foo/p1',
    'Patients/p1',
    'Patient/p%31',
    'Patient%2Fp1',
    ' Patient/p1',
    'Patient/p1 ',
    'Patient/p_1',
    'Patient/pé',
    `Patient/${longest}a`,
  ])('names none: %s', (reference) => {
    expect(indexed(base, { reference })).toEqual(elsewhere(reference));
    expect(indexed(base, { reference, type: 'Patient' }).compartments).toEqual([]);
  });

  it('of another server is found without its version too', () => {
    const reference = 'http://other.example/fhir/Patient/p1/_history/2';
    expect(indexed(base, { reference })).toEqual(elsewhere(reference, 'http://other.example/fhir/Patient/p1'));
  });

  it.each(['', 'Patient/p1\n', 'Patient/\u001fp1'])('names nothing at all: %j', (reference) => {
    expect(indexed(base, { reference, type: 'Patient' })).toEqual(elsewhere());
  });

  it.each(['#p1', '#', '#nobody'])('stays within the resource, which is all that is said of it: %j', (reference) => {
    const { entries, compartments } = indexed(base, { reference, type: 'Patient' });
    expect([entries, compartments]).toEqual([[':contained|'], []]);
  });

  it('opens the compartment of a patient exactly when it is Type/id, with this base or none, with a version or none', () => {
    const part = fc.constantFrom(
      base,
      '/',
      'Patient',
      'patient',
      'Group',
      'p1',
      '_history',
      '2',
      '%20',
      '?',
      '#',
      '.',
      '',
      'é',
      longest,
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const reference = parts.join('');
        const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
        const [type, id = '', history, version, ...more] = relative.split('/');
        const isId = (text: string | undefined) => /^[\w.-]{1,64}$/.test(text ?? '') && !text!.includes('_');
        const isVersioned = history === '_history' && isId(version) && more.length === 0;
        const isPatient = type === 'Patient' && isId(id) && (history === undefined || isVersioned);
        expect(indexed(base, { reference }).compartments).toEqual(isPatient ? [`Patient/${id}`] : []);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a reference by identifier', () => {
  it.each<[JsonObject, string]>([
    [{ identifier: { system: 'urn:mrn', value: 'p1' } }, ':identifier|p1|urn:mrn'],
    [{ identifier: { value: 'Patient/p1' } }, ':identifier|Patient/p1|'],
    [{ type: 'Patient', identifier: { system: 'urn:mrn' } }, ':identifier||urn:mrn'],
  ])('is found by it and opens no compartment: %j', (subject, entry) => {
    expect(indexed(bases[0]!, subject)).toEqual({ entries: [entry], compartments: [] });
  });

  it('counts beside a literal one', () => {
    const subject = { reference: 'Patient/p1', identifier: { value: 'x' } };
    expect(indexed(bases[0]!, subject)).toEqual({
      entries: ['|Patient/p1', ':identifier|x|'],
      compartments: ['Patient/p1'],
    });
  });

  it('that is empty is nothing', () => {
    expect(indexed(bases[0]!, { type: 'Patient', identifier: {} })).toEqual(elsewhere());
  });
});

describe('a contained resource', () => {
  it('opens no compartment by its own references: only those of the container count', () => {
    const resource = {
      resourceType: 'DiagnosticReport',
      contained: [{ resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/p1' } }],
      result: [{ reference: '#o' }],
      subject: { reference: 'Patient/p2' },
    };
    const { values, compartments } = new ResourceIndexer(parameters, { base: bases[0]!, timeZone: 'UTC' }).index(
      resource,
    );
    expect(compartments).toEqual(['Patient/p2']);
    expect(values.filter((entry) => entry.includes('p1'))).toEqual([]);
  });
});

describe('the entries that referential integrity looks for', () => {
  const entriesOf = (resource: JsonObject, readsReferences: boolean) =>
    new ResourceIndexer(parameters, { base: bases[0]!, timeZone: 'UTC' }, readsReferences)
      .index(resource)
      .values.filter((entry) => entry.startsWith('~reference'))
      .map((entry) => entry.slice('~reference\u001f'.length));
  const resource: JsonObject = {
    resourceType: 'Observation',
    contained: [{ resourceType: 'Patient', id: 'c', managingOrganization: { reference: 'Organization/o1' } }],
    extension: [{ url: 'http://example.org/x', valueReference: { reference: `${bases[0]}/Device/d1/_history/3` } }],
    subject: { reference: 'Patient/p1' },
    performer: [{ reference: 'Patient/p1' }, { reference: 'Foo/1' }, { reference: 'http://other.example/Patient/p2' }],
    derivedFrom: [{ identifier: { value: 'x' } }, { reference: '#c' }],
  };

  it('are one for each resource that is named, wherever it is named', () => {
    expect(entriesOf(resource, true)).toEqual(['Organization/o1', 'Device/d1', 'Patient/p1']);
  });

  it('are none while it is off', () => {
    expect(entriesOf(resource, false)).toEqual([]);
  });

  it('are exact for any id and never another', () => {
    const idText = fc.stringMatching(/^[A-Za-z0-9.-]{1,64}$/);
    fc.assert(
      fc.property(idText, fc.constantFrom('Group', 'Foo', 'Device'), (id, type) => {
        const subject = { reference: `${type}/${id}` };
        const expected = isResourceType(type) ? [`${type}/${id}`] : [];
        expect(entriesOf({ resourceType: 'Observation', subject }, true)).toEqual(expected);
      }),
    );
  });
});
