// AuditEvents are indexed by parts: the oracle is the general pass over the whole resource.
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { EventRows } from './event-rows.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';

const base = 'http://localhost:3000/fhir/r4';

const name = fc.oneof(
  fc.constantFrom('admin', 'p1', 'Ärztin Süß', 'a"b\\c'),
  fc.string({ unit: 'grapheme', maxLength: 90 }),
);
const id = fc.constantFrom('p1', 'p2', 'o1', 'o2', 'r-3');
const type = fc.constantFrom('Patient', 'Observation', 'Provenance', 'AuditEvent');
const version = fc.tuple(type, id, fc.nat(3)).map((parts) => parts.join('/'));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const record: fc.Arbitrary<AuditRecord> = fc
  .record(
    {
      id: fc.uuid(),
      recorded: fc
        .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((one) => one.toISOString()),
      event: fc.constantFrom(
        'read',
        'search-type',
        'create',
        'login',
        'launch',
        'retention',
        '$everything',
        'administration',
      ),
      outcome: fc.constantFrom('0', '4', '8'),
      requestId: optional(fc.uuid()),
      caller: optional(
        fc.record(
          {
            issuer: fc.constant('https://issuer.example'),
            subject: name,
            clientId: name,
            tokenId: name,
            fhirUser: fc.constantFrom('Practitioner/p1', 'Patient/p2'),
          },
          { requiredKeys: ['subject'] },
        ),
      ),
      address: optional(fc.ipV4()),
      purpose: optional(fc.record({ code: fc.constantFrom('TREAT', 'BTG'), reason: name }, { requiredKeys: ['code'] })),
      line: optional(name.map((text) => `GET Patient?name=${text}`)),
      disclosed: optional(fc.array(version, { maxLength: 4 })),
      written: optional(fc.array(version, { maxLength: 3 })),
      patients: optional(fc.array(id, { maxLength: 2 })),
      object: optional(fc.record({ name, details: fc.array(fc.tuple(name, name), { maxLength: 2 }) })),
      reasons: optional(
        fc.array(fc.record({ code: fc.constantFrom('scope-missing', 'consent-denied'), fact: name }), { maxLength: 2 }),
      ),
      count: optional(fc.nat(5)),
    },
    { requiredKeys: ['id', 'recorded', 'event', 'outcome'] },
  )
  .map(
    (one) =>
      Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as unknown as AuditRecord,
  );

const patients: Record<string, readonly string[]> = { o1: ['p1'], o2: ['p1', 'p2'], p1: ['p1'], p2: ['p2'] };
const patientsOf = (text: string): readonly string[] => patients[text.split('/')[1] ?? ''] ?? [];
const eventOf = (body: string) => parseJson(body) as JsonObject;

/** Without regard to order. */
const asSets = ({ words, ...index }: IndexValues) => ({
  words,
  ...Object.fromEntries(Object.entries(index).map(([key, values]) => [key, new Set<unknown>(values)])),
});

describe.each([false, true])('the index of an AuditEvent by its parts, references read: %s', (readsReferences) => {
  let parameters: SearchParameters;
  let whole: ResourceIndexer;
  let rows: EventRows;
  beforeEach(() => {
    parameters = new SearchParameters();
    whole = new ResourceIndexer(parameters, { base, timeZone: 'UTC' }, readsReferences);
    rows = new EventRows(whole);
  });

  it('is that of the whole, which is not looked at', () => {
    const looked = vi.spyOn(whole, 'index');
    fc.assert(
      fc.property(record, (one) => {
        looked.mockClear();
        const made = rows.make(one, patientsOf);
        // Once more, of a head that is kept.
        const again = rows.make(one, patientsOf);
        expect(looked).not.toHaveBeenCalled();
        expect(again).toEqual(made);
        expect(asSets(made.index)).toEqual(asSets(whole.index(eventOf(made.body))));
      }),
      { numRuns: 300 },
    );
  });

  it('is that of the whole where a parameter was added that looks at several elements', () => {
    const added: SearchParameter = {
      code: 'query',
      type: 'string',
      url: 'http://example.org/query',
      base: ['AuditEvent'],
      expression: 'AuditEvent.entity.detail.value',
    };
    const recorded = '2026-01-01T00:00:00.000Z';
    const written: AuditRecord = { id: 'e1', recorded, event: 'read', outcome: '0', written: ['Observation/o1/1'] };
    const isAdded = (entry: string) => entry.startsWith('query');
    expect(rows.make(written, patientsOf).index.values.some(isAdded)).toBe(false);
    parameters.add(added);
    const { body, index } = rows.make(written, patientsOf);
    expect(index.values.some(isAdded)).toBe(true);
    expect(asSets(index)).toEqual(asSets(whole.index(eventOf(body))));
  });

  it('has the entries of each parameter of R4 that an event has elements for', () => {
    const one: AuditRecord = {
      id: 'e1',
      recorded: '2026-01-01T00:00:00.000Z',
      event: 'read',
      outcome: '4',
      requestId: 'q1',
      address: '127.0.0.1',
      caller: {
        issuer: 'https://issuer.example',
        subject: 'u',
        clientId: 'c',
        tokenId: 't',
        fhirUser: 'Practitioner/p1',
      },
      disclosed: ['Observation/o1/1'],
      object: { name: 'thing' },
      reasons: [{ code: 'scope-missing', fact: 'none' }],
    };
    const { index } = rows.make(one, patientsOf);
    const codes = new Set(index.values.map((entry) => entry.replaceAll('\u001f', ':').split(':')[0]));
    for (const code of [
      'action',
      'address',
      'agent',
      'agent-name',
      'altid',
      'entity',
      'entity-name',
      'entity-role',
      'entity-type',
      'outcome',
      'patient',
      'policy',
      'source',
      'subtype',
      'type',
    ])
      expect(codes).toContain(code);
    expect(index.ranges.map(({ parameter }) => parameter)).toEqual(['date']);
  });
});
