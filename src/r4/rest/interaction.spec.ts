import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInteraction } from './interaction.js';

const parse = (line: string) => {
  const [method, url] = line.split(' ') as [string, string];
  const [path, query] = url.split('?') as [string, string | undefined];
  const { query: _, ...rest } = { query: undefined, ...parseInteraction(method, path, new URLSearchParams(query)) };
  return rest;
};

describe('parseInteraction', () => {
  it.each([
    ['GET Patient/p1', { kind: 'read', type: 'Patient', id: 'p1' }],
    ['HEAD Patient/p1', { kind: 'read', type: 'Patient', id: 'p1' }],
    ['GET Patient/p1/_history/2', { kind: 'vread', type: 'Patient', id: 'p1', versionId: '2' }],
    ['GET Patient/p1/_history', { kind: 'history-instance', type: 'Patient', id: 'p1' }],
    ['GET Patient/_history', { kind: 'history-type', type: 'Patient' }],
    ['GET _history', { kind: 'history-system' }],
    ['PUT Patient/p1', { kind: 'update', type: 'Patient', id: 'p1' }],
    ['PUT Patient?identifier=1', { kind: 'update', type: 'Patient' }],
    ['DELETE Patient/p1', { kind: 'delete', type: 'Patient', id: 'p1' }],
    ['PATCH Patient/p1', { kind: 'patch', type: 'Patient', id: 'p1' }],
    ['POST Patient', { kind: 'create', type: 'Patient' }],
    ['GET Patient?name=x', { kind: 'search-type', type: 'Patient' }],
    ['POST Patient/_search', { kind: 'search-type', type: 'Patient' }],
    ['GET Patient/p1/Observation', { kind: 'search-compartment', type: 'Patient', id: 'p1', member: 'Observation' }],
    ['GET Patient/p1/*', { kind: 'search-compartment', type: 'Patient', id: 'p1', member: '*' }],
    ['POST Patient/p1/*/_search', { kind: 'search-compartment', type: 'Patient', id: 'p1', member: '*' }],
    ['GET $my-access', { kind: 'operation', operation: 'my-access' }],
    ['GET Patient/p1/$everything', { kind: 'operation', operation: 'everything', type: 'Patient', id: 'p1' }],
    ['GET metadata', { kind: 'capabilities' }],
    ['GET Foo/1', { kind: 'read', type: 'Foo', id: '1' }],
    ['DELETE Patient/p1/_history', { kind: 'none', allow: ['GET', 'HEAD'], type: 'Patient' }],
    ['post Patient', { kind: 'none', allow: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], type: 'Patient' }],
  ])('reads %s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  it.each([
    'GET Patient//p1',
    'GET Patient/p1/',
    'GET Patient/..',
    'GET ../Patient/p1/x/y',
    'GET Patient/a%2Fb',
    'GET Patient/%E0%A4%A',
    'GET Patient/a_b',
    `GET Patient/${'x'.repeat(65)}`,
    'GET patient/p1',
    'GET Patient/p1/_history/1/2',
  ])('knows no address for %s', (line) => {
    expect(parse(line)).toMatchObject({ kind: 'none', allow: [] });
  });

  it.each(['constructor', '__proto__', 'toString', 'get'])('does not take the method %s', (method) => {
    expect(parseInteraction(method, 'Patient/p1', new URLSearchParams())).toMatchObject({ kind: 'none' });
  });

  it('never gives an id or a type that breaks the FHIR grammar', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'PUT', 'POST'), fc.webPath(), (method, path) => {
        const found = parseInteraction(method, path.slice(1), new URLSearchParams());
        if (found.kind === 'none') return;
        if (found.id !== undefined) expect(found.id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
        if (found.type !== undefined) expect(found.type).toMatch(/^[A-Z][A-Za-z]*$/);
      }),
    );
  });
});
