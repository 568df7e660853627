// AuditEvents are indexed by parts: the oracle is the general pass over the whole resource.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { anyRecord, patientsOf } from '../../../../test/support/audit-records.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import type { IndexTexts } from '../indexing/index-columns.js';
import { EventRows } from './event-rows.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { WordVector } from '../../../r4/search/words/word-vector.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';

const base = 'http://localhost:3000/fhir/r4';
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
    rows = new EventRows({ indexer: whole, textsOf: (_type, index) => index as unknown as IndexTexts });
  });
  const make = (one: AuditRecord) => {
    const { body, index } = rows.make(one, patientsOf, false);
    return { body, index: index as unknown as IndexValues };
  };

  it('is that of the whole, which is not looked at', () => {
    const looked = vi.spyOn(whole, 'index');
    fc.assert(
      fc.property(anyRecord, (one) => {
        looked.mockClear();
        const made = make(one);
        // Once more, of a head that is kept.
        const again = make(one);
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
    expect(make(written).index.values.some(isAdded)).toBe(false);
    parameters.add(added);
    const { body, index } = make(written);
    expect(index.values.some(isAdded)).toBe(true);
    expect(asSets(index)).toEqual(asSets(whole.index(eventOf(body))));
  });

  it('is whole where the database would make other entries than the parameters find', () => {
    const recorded = '2026-01-01T00:00:00.000Z';
    const ofPatient: AuditRecord = { id: randomUUID(), recorded, event: 'read', outcome: '0', patients: ['p1'] };
    const ofNobody: AuditRecord = { ...ofPatient, patients: [], disclosed: ['Device/d1/1'] };
    const isShort = (one: AuditRecord) => rows.make(one, () => [], true).head !== undefined;
    expect([isShort(ofPatient), isShort(ofNobody)]).toEqual([true, true]);
    const known = parameters.toIndex('AuditEvent');
    const without = (code: string) => new Map([...known].filter(([one]) => one !== code));
    const toIndex = vi.spyOn(parameters, 'toIndex').mockReturnValue(without('patient'));
    expect([isShort(ofPatient), isShort(ofNobody)]).toEqual([false, true]);
    toIndex.mockReturnValue(without('date'));
    expect([isShort(ofPatient), isShort(ofNobody)]).toEqual([false, false]);
  });

  it('words of a head are made once for events in the short form, and kept for those that are whole', () => {
    const recorded = '2026-01-01T00:00:00.000Z';
    const one: AuditRecord = {
      id: randomUUID(),
      recorded,
      event: 'read',
      outcome: '0',
      disclosed: ['Observation/o1/1'],
    };
    const gathered = vi.spyOn(WordVector.prototype, 'add');
    const added = (isShort: boolean): number => {
      gathered.mockClear();
      expect(rows.make({ ...one, id: randomUUID() }, patientsOf, isShort).head !== undefined).toBe(isShort);
      return gathered.mock.calls.length;
    };
    const kept = () =>
      [...(rows as unknown as { heads: Map<string, { words?: WordVector }> }).heads.values()].map(({ words }) => words);
    expect(added(true)).toBeGreaterThan(0);
    expect([added(true), added(true), kept()]).toEqual([0, 0, [undefined]]);
    const [first, second] = [added(false), added(false)];
    expect(second).toBeLessThan(first);
    expect(kept()).toEqual([expect.any(WordVector)]);
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
    const { index } = make(one);
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
