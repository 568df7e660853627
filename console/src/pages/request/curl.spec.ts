import { describe, expect, it } from 'vitest';
import { curlOf, readHeaders } from './curl.js';

const base = 'https://fhir.example/fhir/r4';
const request = { method: 'GET', path: 'Patient?name=a', headers: '', body: '' };

describe('curlOf', () => {
  it('has a variable in place of the token', () => {
    expect(curlOf(base, request, true)).toBe(`curl -H "Authorization: Bearer $TOKEN" '${base}/Patient?name=a'`);
  });

  it('quotes for the shell, whatever is in it', () => {
    const sent = { method: 'POST', path: "Patient?x='$(id)", headers: 'Prefer: return=minimal', body: `{"a":"it's"}` };
    expect(curlOf(base, sent, false)).toBe(
      `curl -X POST -H 'Prefer: return=minimal' -H 'Content-Type: application/fhir+json' --data-binary '{"a":"it'\\''s"}' '${base}/Patient?x='\\''$(id)'`,
    );
  });

  it('sends the credentials and the type that are given, once', () => {
    const headers = 'authorization: Basic x\nContent-Type: application/fhir+xml';
    expect(curlOf(base, { ...request, method: 'PUT', headers, body: '<a/>' }, true)).toBe(
      `curl -X PUT -H 'authorization: Basic x' -H 'Content-Type: application/fhir+xml' --data-binary '<a/>' '${base}/Patient?name=a'`,
    );
  });
});

describe('readHeaders', () => {
  it.each([
    ['', { headers: {} }],
    ['If-Match: W/"1"\n\n Prefer:return=minimal ', { headers: { 'If-Match': 'W/"1"', Prefer: 'return=minimal' } }],
    ['no header', { wrong: 'no header' }],
    ['bad name: x', { wrong: 'bad name: x' }],
  ])('%j', (text, read) => {
    expect(readHeaders(text)).toEqual(read);
  });
});
