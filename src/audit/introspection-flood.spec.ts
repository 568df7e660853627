import { describe, expect, it } from 'vitest';
import { type AuditRecord, newRecord } from './audit-record.js';
import { IntrospectionFlood } from './introspection-flood.js';

const asked = (details: readonly (readonly [string, string])[], clientId = 'api', tokenId = 'own'): AuditRecord =>
  newRecord({
    event: 'introspection',
    outcome: '0',
    address: '203.0.113.7',
    caller: { issuer: 'https://as.example', subject: clientId, clientId, tokenId },
    object: { name: 'token', details },
  });
const active = (jti: string, clientId?: string): AuditRecord =>
  asked(
    [
      ['active', 'true'],
      ['jti', jti],
    ],
    clientId,
  );
const inactive = (): AuditRecord => asked([['active', 'false']]);

const admitted = (flood: IntrospectionFlood, records: readonly AuditRecord[]): number =>
  records.filter((record) => flood.admits(record)).length;
const times = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('a client that asks about token after token', () => {
  it('leaves a record of each active token, however many', () => {
    const flood = new IntrospectionFlood();
    expect(
      admitted(
        flood,
        times(500, (i) => active(`t${i}`)),
      ),
    ).toBe(500);
    expect(flood.take()).toEqual([]);
  });

  it('leaves the first ten repeats and inactive answers of a minute, and the count of the rest', () => {
    const flood = new IntrospectionFlood();
    flood.admits(active('t'));
    expect(
      admitted(
        flood,
        times(15, () => active('t')),
      ),
    ).toBe(10);
    expect(admitted(flood, times(5, inactive))).toBe(0);
    expect(flood.take()).toEqual([
      {
        caller: { issuer: 'https://as.example', subject: 'api', clientId: 'api' },
        address: '203.0.113.0/24',
        count: 10,
      },
    ]);
  });

  it('counts what has no id, such as a refresh token', () => {
    const flood = new IntrospectionFlood();
    expect(
      admitted(
        flood,
        times(12, () => asked([['active', 'true']])),
      ),
    ).toBe(10);
    expect(flood.take()).toMatchObject([{ count: 2 }]);
  });

  it('is told apart from others that ask about the same token, and from itself a minute later', () => {
    const flood = new IntrospectionFlood();
    const repeats = times(11, () => active('t'));
    expect([admitted(flood, repeats), admitted(flood, [active('t', 'other'), ...repeats])]).toEqual([11, 1]);
    flood.take();
    expect(admitted(flood, repeats)).toBe(11);
  });

  it('has a record later where the first could not be written', () => {
    const flood = new IntrospectionFlood();
    expect(
      admitted(
        flood,
        times(15, () => active('t')),
      ),
    ).toBe(11);
    flood.forget(active('t'));
    expect([flood.admits(active('t')), flood.admits(active('t'))]).toEqual([true, false]);
  });

  it('takes a bounded amount of memory', () => {
    const flood = new IntrospectionFlood();
    expect(
      admitted(
        flood,
        times(10_500, (i) => active(`t${i}`)),
      ),
    ).toBe(10_010);
    expect(flood.take()).toMatchObject([{ count: 490 }]);
  });
});
