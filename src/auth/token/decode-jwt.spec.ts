import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJwt } from './decode-jwt.js';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (header: unknown, payload: unknown, signature = 'AAAA'): string =>
  `${part(header)}.${part(payload)}.${signature}`;
const codeOf = (token: string): string | undefined => {
  const decoded = decodeJwt(token);
  return 'code' in decoded ? decoded.code : undefined;
};

describe('decodeJwt', () => {
  it('takes a token apart', () => {
    expect(decodeJwt(jwt({ alg: 'RS256' }, { sub: 'ü' }))).toMatchObject({
      header: { alg: 'RS256' },
      payload: { sub: 'ü' },
    });
  });

  it.each([
    ['an opaque token', 'mF_9.B5f-4.1JqM'.replaceAll('.', ''), 'token-opaque-unsupported'],
    ['five parts', 'a.b.c.d.e', 'token-encrypted'],
    ['two parts', 'a.b', 'token-malformed'],
    ['many parts', 'a.b.c.d.e.f.g', 'token-malformed'],
    ['100 kB', jwt({ alg: 'RS256' }, { sub: 'x'.repeat(100_000) }), 'token-too-large'],
    ['a header above 8 KiB', jwt({ alg: 'RS256', x5c: 'x'.repeat(9000) }, {}), 'token-too-large'],
    ['padding', `${part({ a: 1 })}=.${part({})}.AAAA`, 'token-malformed'],
    [
      'the other base64 alphabet',
      `${part({ alg: 'RS256' })}.${Buffer.from('{"a":"???>>>"}').toString('base64')}.AAAA`,
      'token-malformed',
    ],
    ['junk bits', `${part({})}.${part({})}.AB`, 'token-malformed'],
    ['white space', `${part({})}.${part({})}.AA\nAA`, 'token-malformed'],
    ['empty parts', '..', 'token-malformed'],
    ['null', jwt(null, {}), 'token-malformed'],
    ['an array', jwt({}, []), 'token-malformed'],
    ['a text', jwt({}, '"sub"'), 'token-malformed'],
    [
      'no UTF-8',
      `${part({})}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.AAAA`,
      'token-malformed',
    ],
    ['a byte order mark', jwt({}, '\uFEFF{}'), 'token-malformed'],
    ['a claim twice', jwt({}, '{"sub":"a","sub":"b"}'), 'token-malformed'],
    ['a claim twice, once escaped', jwt({}, String.raw`{"iss":"a","\u0069ss":"b"}`), 'token-malformed'],
    ['a nested member twice', jwt({}, '{"a":[{"b":{"c":1,"c":2}}]}'), 'token-malformed'],
    ['deep nesting', jwt({}, `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`), 'token-malformed'],
    ['very deep nesting', jwt({}, `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 'token-malformed'],
  ])('%s is refused', (_name, token, code) => {
    expect(codeOf(token)).toBe(code);
  });

  it('accepts equal names in different objects, and texts that look like names', () => {
    expect(codeOf(jwt({}, '{"a":{"x":1},"b":{"x":["x","x",{"x":"x"}]},"c":"\\"a\\":","d":"{,"}'))).toBeUndefined();
  });

  it('lets an unsigned token through, for the checker to name', () => {
    expect(codeOf(jwt({ alg: 'none' }, {}, ''))).toBeUndefined();
  });

  it('reads any text without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void decodeJwt(text)));
    fc.assert(fc.property(fc.json(), fc.json(), (header, payload) => void decodeJwt(jwt(header, payload))));
  });

  it('gives what JSON.parse gives, for every object without equal names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (claims) => {
        const decoded = decodeJwt(jwt({}, claims));
        if ('code' in decoded) throw new Error(decoded.fact);
        expect(decoded.payload).toEqual(JSON.parse(JSON.stringify(claims)));
      }),
    );
  });
});
