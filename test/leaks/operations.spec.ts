import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareOf } from '../support/full.js';
import { aBundle, anObservation, aPatient, type Entry, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

/** Every operation as an entry of a batch refuses like alone, and shows no more (docs/adr/0061). */
let server: TestServer;
let operations: readonly (readonly [path: string, code: string])[];

beforeAll(async () => {
  server = await startServer();
  const admin = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const resources = [
    { ...aPatient(), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { ...anObservation('Patient/p2', { language: 'secret-of-p2' }), id: 'theirs' },
    { ...anObservation('Patient/p1'), id: 'own' },
  ];
  await server.call('POST', '', { token: admin, body: aBundle('transaction', ...resources.map(putting)) });
  const { body } = await server.call('GET', 'metadata');
  const [rest] = body.rest;
  const of = (type: string, places: readonly string[]) =>
    rest.resource
      .find((one: { type: string }) => one.type === type)
      .operation.flatMap(({ name }: { name: string }) => places.map((place) => [`${place}/$${name}`, name]));
  operations = [
    ...rest.operation.map(({ name }: { name: string }) => [`$${name}`, name]),
    ...of('Observation', ['Observation', 'Observation/theirs', 'Observation/own', 'Observation/nobody']),
    ...of('Patient', ['Patient/p2', 'Patient/p1']),
    ...of('DocumentReference', ['DocumentReference']),
    ...of('Encounter', ['Encounter/x']),
    ...of('Composition', ['Composition/x']),
    ...of('SearchParameter', ['SearchParameter/x']),
    ...of('ValueSet', ['ValueSet', 'ValueSet/x']),
    ...of('CodeSystem', ['CodeSystem']),
    ...of('ConceptMap', ['ConceptMap', 'ConceptMap/x']),
    ...of('StructureDefinition', ['StructureDefinition', 'StructureDefinition/x']),
  ];
});
afterAll(() => server.close());

const callers: Readonly<Record<string, () => string>> = {
  'nobody in particular': () => server.token('openid'),
  'a reader of one record': () => server.token('patient/*.rs', { patient: 'p1' }),
  'a writer of one record': () => server.token('patient/*.cruds', { patient: 'p1' }),
  'a writer who may not read': () => server.token('patient/*.cud', { patient: 'p1' }),
  'a reader of another type': () => server.token('user/Condition.rs'),
};

const ofItsOwn: ReadonlySet<string> = new Set(['summary', 'explain-access', 'export-file', 'graphql', 'my-refusals']);

const input = {
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'y' }] } }],
};

/** What an answer says, apart from ids of requests, times and versions, since it is the second write, and from places in the body, which is the Bundle. */
const told = (status: number, outcome: unknown): string =>
  `${status} ${JSON.stringify(outcome)}`
    .replace(/(operationoutcome-issue-(?:line|col)","valueInteger":)\d+/g, '$1')
    .replace(/"(?:versionId|lastUpdated|date|time|valueInstant)":"[^"]*"/g, '')
    .replace(/[0-9a-f-]{36}/g, '');
const saidAlone = ({ status, body }: Answer): string => told(status, body);
const saidInside = ({ body }: Answer): string => {
  const { response, resource } = body.entry[0];
  return told(Number(response.status.slice(0, 3)), response.outcome ?? resource);
};

const sendings = [
  ['GET', undefined],
  ['POST', undefined],
  ['POST', input],
] as const;

const askedOf = (url: string, code: string): string =>
  url + (code === 'docref' || code === 'lastn' ? '?patient=p2' : code.endsWith('-status') ? '?job=1' : '');

/** Returns the status of the request alone, after it was found to be that of the entry. */
async function compare(token: string, entry: Entry): Promise<number> {
  const { request, resource: body } = entry;
  const alone = await server.call(request.method, request.url, { token, ...(body && { body }) });
  const inside = await server.call('POST', '', { token, body: aBundle('batch', entry) });
  expect([request, saidInside(inside)]).toEqual([request, saidAlone(alone)]);
  expect(inside.text).not.toContain('secret-of-p2');
  return alone.status;
}

describe.each(Object.entries(callers).map(([name, tokenOf], row) => [name, tokenOf, row] as const))(
  '%s',
  (_, tokenOf, row) => {
    it('gets from an entry what it gets alone', async () => {
      const token = tokenOf();
      const statuses: number[] = [];
      // One takes credentials itself, two are offered in no bundle, and the refusals are of this very caller.
      const asked = operations.filter(([, one]) => !ofItsOwn.has(one));
      for (const [url, code] of shareOf(asked, 3, row)) {
        for (const [method, resource] of sendings) {
          const request = { method, url: askedOf(url, code) };
          statuses.push(await compare(token, { request, ...(resource && { resource }) }));
        }
      }
      expect(statuses.filter((status) => status >= 400).length).toBeGreaterThan(10);
    });
  },
);
