import { describe, expect, it } from 'vitest';
import {
  aboutOf,
  type AuditEvent,
  eventsOf,
  filterOf,
  lineOf,
  nextOf,
  purposeIn,
  requestIdOf,
  searchOf,
  whatOf,
  whoOf,
} from './audit.js';

const event: AuditEvent = {
  id: 'a1',
  recorded: '2026-01-01T00:00:00Z',
  subtype: [{ code: 'read', display: 'read' }, { code: 'scope-insufficient' }],
  agent: [
    { altId: 'user', name: 'jane', who: { identifier: { value: 'jane' } } },
    { altId: 'client', who: { identifier: { value: 'growth' } } },
    { altId: 'server' },
  ],
  entity: [
    { what: { reference: 'Patient/p1' } },
    { name: 'users/jane' },
    { query: btoa('GET http://x/Patient?name=a') },
    { what: { identifier: { value: 'r-1' } }, type: { code: 'XrequestId' } },
  ],
};

describe('an audit event', () => {
  it('says who, what, about what, and by which request', () => {
    expect([whoOf(event), whatOf(event), aboutOf(event), requestIdOf(event), lineOf(event)]).toEqual([
      'jane, growth',
      'read',
      ['Patient/p1', 'users/jane'],
      'r-1',
      'GET http://x/Patient?name=a',
    ]);
  });

  it('with little in it says little', () => {
    const bare = { id: 'a', recorded: '' };
    expect([whoOf(bare), whatOf(bare), aboutOf(bare), lineOf(bare)]).toEqual(['', '', [], undefined]);
  });

  it('whose query is no base64 is shown as it is', () => {
    expect(lineOf({ id: 'a', recorded: '', entity: [{ query: '%%' }] })).toBe('%%');
  });
});

describe('a search of them', () => {
  it('has what was filled in, values standing for themselves', () => {
    const filter = filterOf(new URLSearchParams({ who: 'a,b|c', outcome: '8', from: '2026-01-01T00:00Z' }));
    const query = new URLSearchParams(searchOf({ ...filter, entity: 'Patient/p1' }).replace(/^AuditEvent\?/, ''));
    expect([...query]).toEqual([
      ['agent:identifier', String.raw`a\,b\|c`],
      ['outcome', '8'],
      ['date', 'ge2026-01-01T00:00:00.000Z'],
      ['entity', 'Patient/p1'],
      ['_sort', '-date'],
      ['_count', '50'],
    ]);
  });

  it('finds those of a broken glass', () => {
    const filter = filterOf(new URLSearchParams({ glass: '1' }));
    expect(searchOf(filter)).toContain('policy=urn%3Alanyard%3Apurpose%3ABTG');
    const purposeOfEvent = [{ coding: [{ code: 'BTG', display: 'break the glass' }], text: 'unconscious' }];
    expect(purposeIn({ ...event, purposeOfEvent })).toBe('break the glass: unconscious');
    expect(purposeIn(event)).toBe('');
  });

  it('finds acts of administration', () => {
    expect(searchOf(filterOf(new URLSearchParams({ acts: '1' })))).toContain('subtype=http%3A%2F%2Fdicom');
  });

  it('leaves out a time that is none', () => {
    expect(searchOf({ ...filterOf(new URLSearchParams()), from: 'soon' })).not.toContain('date=');
  });

  it('is answered with events, a next page, and perhaps a warning, which is no event', () => {
    const bundle = {
      entry: [
        { resource: { ...event, resourceType: 'AuditEvent' } },
        { resource: { ...event, resourceType: 'OperationOutcome' } },
      ],
      link: [{ relation: 'next', url: 'http://x/next' }],
    };
    expect([eventsOf(bundle).length, nextOf(bundle)]).toEqual([1, 'http://x/next']);
  });
});
