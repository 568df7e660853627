import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { unitSeparator } from '../r4/search/index/index-values.js';
import { hashToken } from '../r4/search/index/token-hash.js';
import { ResourceIndexer } from '../r4/search/index/resource-indexer.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { codesOf } from './audit-codes.js';
import { entitiesOf, entityFacts } from './audit-entities.js';
import { headOf } from './audit-event.js';
import { type AuditRecord, newRecord } from './audit-record.js';
import { hashesOfEntry, shortHashes } from './event-kinds.js';

const events = [
  'read vread create update patch delete history-instance history-type history-system search-type search-compartment',
  'search-system capabilities transaction batch bundle login logout token authorization consent launch administration',
  '$purge retention $everything',
].flatMap((line) => line.split(' '));

const base = 'http://localhost:3000/fhir/r4';
const indexer = new ResourceIndexer(new SearchParameters(), { base, timeZone: 'UTC' }, true);
const entry = (...parts: readonly string[]): string => parts.join(unitSeparator);

const aRead: Parameters<typeof newRecord>[0] = {
  event: 'read',
  outcome: '0',
  requestId: '5c72aca5-c20a-4336-bb47-8417a4d70a9b',
  caller: { issuer: 'http://localhost:3000/oauth2', subject: 'admin', kind: 'user', clientId: 'c', tokenId: 't' },
  address: '127.0.0.1',
  line: 'GET Patient/p1',
  disclosed: ['Patient/p1/1'],
};

const indexOf = (more: Partial<AuditRecord> = {}) => {
  const record = newRecord({ ...aRead, ...more });
  const entity = entitiesOf(entityFacts(record, base, () => ['p1']));
  return indexer.index({ resourceType: 'AuditEvent', ...headOf(record, base), recorded: record.recorded, entity });
};

describe('shortHashes', () => {
  it('has one hash for the codes of what happened, one for the outcome and agents, one for the kinds of entities', () => {
    const index = indexOf();
    expect(index.tokens).toHaveLength(53);
    expect(shortHashes(index)).toHaveLength(16);
  });

  it.each(events)('leaves no code of %s out of a kind', (event) => {
    const { type, subtype, action } = codesOf(event);
    const short = new Set(shortHashes(indexOf({ event })));
    for (const [parameter, code] of [
      ['type', type['code']],
      ['subtype', subtype['code']],
      ['action', action],
      ['outcome', '0'],
      ['altid', 'user'],
      ['entity-type', '1'],
    ])
      expect(short.has(hashToken(entry(parameter as string, code as string)))).toBe(false);
  });

  it('keeps what no kind has', () => {
    const reasons = [{ code: 'scope-missing', fact: 'x' }] as const;
    const short = shortHashes(indexOf({ outcome: '4', reasons }));
    expect(short).toContain(hashToken(entry('subtype', 'scope-missing')));
    expect(shortHashes({ tokens: ['1', '2'], values: ['entity␟x'] })).toEqual(['1', '2']);
  });

  it('keeps an identifier that would be found by its system alone', () => {
    const values = [entry('agent:identifier', '', 'urn:x'), entry('agent:identifier', 'a', 'b', 'c')];
    expect(shortHashes({ tokens: values.map(hashToken), values })).toEqual(values.map(hashToken));
  });
});

describe('hashesOfEntry', () => {
  it('has the kinds of which the entry is', () => {
    expect(hashesOfEntry(entry('action', 'R'))).toHaveLength(1 + 6);
    expect(hashesOfEntry(entry('type', '', 'http://terminology.hl7.org/CodeSystem/audit-event-type'))).toHaveLength(
      1 + 16,
    );
    expect(hashesOfEntry(entry('outcome', '4', 'http://hl7.org/fhir/audit-event-outcome'))).toHaveLength(1 + 2);
    expect(hashesOfEntry(entry('entity-role', '24'))).toHaveLength(1 + 16);
  });

  it('has an identifier without its system, where AuditEvents have one', () => {
    const agent = entry('agent:identifier', 'admin', 'urn:x');
    expect(hashesOfEntry(agent)).toEqual([hashToken(agent), hashToken(entry('agent:identifier', 'admin'))]);
    for (const other of [entry('identifier', 'admin', 'urn:x'), entry('agent:identifier', '', 'urn:x')])
      expect(hashesOfEntry(other)).toEqual([hashToken(other)]);
  });

  it('has one hash alone of what is no code of an AuditEvent', () => {
    for (const one of [entry('patient', 'Patient/p1'), entry('action', 'R', 'urn:x'), entry('gender', 'male')])
      expect(hashesOfEntry(one)).toEqual([hashToken(one)]);
  });

  it('finds rows that are stored: none of its hashes changes or goes', () => {
    const asked = [
      ...['user', 'client', 'server'].map((agent) => entry('altid', agent)),
      ...['C', 'R', 'U', 'D', 'E'].map((action) => entry('action', action)),
      ...['1', '4', '13', '24'].map((role) => entry('entity-role', role)),
      ...['0', '4', '8', '12'].map((outcome) => entry('outcome', outcome)),
      ...events.map((event) => entry('subtype', codesOf(event).subtype['code'] as string)),
      entry('entity-type', 'XrequestId'),
    ];
    const hashes = asked.map((one) => hashesOfEntry(one).toSorted());
    expect(createHash('sha256').update(JSON.stringify(hashes)).digest('hex')).toBe(
      '2b7aeb7ab48fb0bc6aaeb733f5e53d2a4c86879aa679313da9aff1bce81de115',
    );
  });
});
