import { describe, expect, it } from 'vitest';
import { decodeJwt } from './claims.js';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('decodeJwt', () => {
  it('decodes header and claims, in UTF-8', () => {
    const token = `${part({ alg: 'RS256' })}.${part({ name: 'Jürgen 🎉' })}.c2ln`;
    expect(decodeJwt(` ${token}\n`)).toEqual({ header: { alg: 'RS256' }, payload: { name: 'Jürgen 🎉' } });
  });

  it.each(['', 'opaque', 'a.b', 'a.b.c', `${part([])}.${part({})}.x`, `${part({})}.${part({})}.x.y.z`, '%.%.%'])(
    'says that %j is none',
    (token) => {
      expect(decodeJwt(token)).toBeUndefined();
    },
  );
});
