import { describe, expect, it } from 'vitest';
import { addressesOf, hostsAsParameters, isOfPrimary, parseDatabaseUrl } from './database-url.js';

describe('a URL of several hosts', () => {
  it.each([
    ['postgres://u:p@a:5433,b/db', 'postgres://u:p@/db?host=a,b&port=5433,5432'],
    ['postgresql://a,b:1/db?sslmode=verify-full', 'postgresql:///db?host=a,b&port=5432,1&sslmode=verify-full'],
    [
      'postgres://u@[2001:db8::1]:5433,[2001:db8::2]/db',
      'postgres://u@/db?host=2001:db8::1,2001:db8::2&port=5433,5432',
    ],
    ['postgres://u@a/db', 'postgres://u@a/db'],
    ['postgres://u@/db?host=a,b', 'postgres://u@/db?host=a,b'],
    ['postgres://u:a,b@c/db', 'postgres://u:a,b@c/db'],
  ])('is that with parameters: %s', (url, parameters) => {
    expect(hostsAsParameters(url)).toBe(parameters);
    expect(parseDatabaseUrl(url)?.pathname).toBe('/db');
  });

  it('names addresses in their order', () => {
    const [a, b] = [
      { host: 'a', port: 5433 },
      { host: 'b', port: 5432 },
    ];
    for (const url of ['postgres://u@a:5433,b/db', 'postgres://u@/db?host=a,b&port=5433,5432'])
      expect(addressesOf(url)).toEqual([a, b]);
    expect(addressesOf('postgres://u@/db?host=/one,/two&port=1')).toEqual([
      { host: '/one', port: 1 },
      { host: '/two', port: 1 },
    ]);
    expect(addressesOf('postgres://u@a/db')).toEqual([{ host: 'a', port: 5432 }]);
  });

  it('asks for a server that can write', () => {
    const url = 'postgres://u@a,b/db';
    expect(
      ['', '?target_session_attrs=read-write', '?target_session_attrs=any'].map((more) => isOfPrimary(url + more)),
    ).toEqual([true, true, true]);
    expect(isOfPrimary(`${url}?target_session_attrs=standby`)).toBe(false);
  });
});
