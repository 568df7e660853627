import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirError } from '../../r4/errors/fhir-error.js';
import type { LocalAuthOptions } from '../accounts/local-auth.options.js';
import { readLogin, readLogout, readRefresh, readRevoke, type HttpRequest } from './login-request.js';

const options: LocalAuthOptions = {
  fhirBase: 'https://fhir.example/fhir/r4',
  basePath: '/fhir/r4',
  issuer: 'https://fhir.example/oauth2',
  realm: 'fhir',
  tokenTtl: 3600,
  refreshTtl: 43_200,
  clockSkewSeconds: 60,
  loginEnabled: true,
};

const request = (contentType?: string, authorization?: string): HttpRequest => ({
  ip: '192.0.2.1',
  url: '/fhir/r4/login',
  method: 'POST',
  headers: {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(authorization !== undefined && { authorization }),
  },
  rawHeaders: authorization === undefined ? [] : ['Authorization', authorization],
});
const json = request('application/json');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a login', () => {
  it.each([
    ['an object', { user: 'a', password: 'b' }],
    ['text', '{"user":"a","password":"b"}'],
    ['bytes', Buffer.from('{"user":"a","password":"b"}')],
  ])('is read from a body that arrives as %s', (_, body) => {
    expect(readLogin(json, body, options)).toEqual({ user: 'a', password: 'b', address: '192.0.2.1' });
  });

  it.each(['application/json; charset=utf-8', 'application/fhir+json', 'APPLICATION/JSON'])('is read as %s', (type) => {
    expect(readLogin(request(type), '{"user":"a","password":"b"}', options).user).toBe('a');
  });

  it.each([
    ['{"user":"a"', 'is not JSON'],
    ['null', 'is not a JSON object'],
    ['{"user":"a","user":"b","password":"c"}', 'names the same member twice'],
  ])('explains %s', (body, problem) => {
    expect(() => readLogin(json, body, options)).toThrow(problem);
  });

  it('explains a form', () => {
    const form = request('application/x-www-form-urlencoded');
    expect(() => readLogin(form, 'user=a&password=b', options)).toThrow('application/json');
  });

  it.each(['', null, undefined, {}])('by Basic needs no body: %j', (body) => {
    const basic = request('application/x-www-form-urlencoded', `Basic ${base64('a:b:c')}`);
    expect(readLogin(basic, body, options)).toEqual({ user: 'a', password: 'b:c', address: '192.0.2.1' });
  });

  it('refuses two Authorization headers, of which Node shows one', () => {
    const twice = { ...request(), rawHeaders: ['Authorization', 'Basic YTpi', 'authorization', 'Basic YTpj'] };
    expect(() => readLogin(twice, undefined, options)).toThrow(/exactly one/);
  });

  it('reads or refuses any body, and never fails otherwise', () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.object({ key: fc.constantFrom('user', 'password', 'scope', 'x') }),
    );
    fc.assert(
      fc.property(body, (sent) => {
        for (const read of [readLogin, readRefresh, readLogout, readRevoke]) {
          try {
            read(json, sent, options);
          } catch (error) {
            if (!(error instanceof FhirError)) throw error;
          }
        }
      }),
    );
  });
});

describe('a revocation', () => {
  it.each([{ token: 'x' }, { refresh_token: 'x' }])('is read from %j', (body) => {
    expect(readRevoke(json, body)).toBe('x');
  });
});
