// https://hl7.org/fhir/R4/search.html#reference: `:above` and `:below` follow what resources are part of
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

const ref = (reference: string) => ({ reference });
const location = (id: string, partOf?: string) => ({
  resourceType: 'Location',
  id,
  ...(partOf !== undefined && { partOf: ref(`Location/${partOf}`) }),
});
const procedure = (id: string, where: string) => ({
  resourceType: 'Procedure',
  id,
  status: 'completed',
  subject: ref('Patient/p1'),
  location: ref(where),
});
const version = (id: string, canonical: string) => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  questionnaire: canonical,
});
const questionnaire = 'http://example.org/Questionnaire/q';

/** house > floor > room > bed; circle-a > circle-b > circle-a; a deep line d0 > d1 > … */
const depth = 60;
const resources = [
  location('house'),
  location('floor', 'house'),
  location('room', 'floor'),
  location('bed', 'room'),
  location('circle-a', 'circle-b'),
  location('circle-b', 'circle-a'),
  location('self', 'self'),
  location('gone', 'house'),
  location('behind', 'gone'),
  ...Array.from({ length: depth }, (_, n) => location(`d${n}`, n === 0 ? undefined : `d${n - 1}`)),
  ...['house', 'floor', 'bed', 'circle-a', 'circle-b', 'self', 'behind', `d${depth - 1}`, 'unknown'].map((one) =>
    procedure(`at-${one}`, `Location/${one}`),
  ),
  procedure('elsewhere', 'https://other.example/fhir/Location/floor'),
  { resourceType: 'Organization', id: 'root', name: 'Root' },
  { resourceType: 'Organization', id: 'north', name: 'North', partOf: ref('Organization/root') },
  { resourceType: 'Task', id: 'whole', status: 'draft', intent: 'order', owner: ref('Organization/root') },
  {
    resourceType: 'Task',
    id: 'part',
    status: 'draft',
    intent: 'unknown',
    partOf: [ref('Task/whole')],
    owner: ref('Organization/north'),
  },
  {
    resourceType: 'Task',
    id: 'piece',
    status: 'draft',
    intent: 'order',
    partOf: [ref('Task/part'), ref('Task/whole')],
  },
  version('v1', `${questionnaire}|1`),
  version('v1.2', `${questionnaire}|1.2`),
];

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const body = aBundle('transaction', ...resources.map((one) => putting(one as never)));
  const { status, text } = await server.call('POST', '', { token: all, body });
  if (status !== 200) throw new Error(text);
  await server.call('DELETE', 'Location/gone', { token: all });
});
afterAll(() => server.close());

const search = (query: string, token = all) => server.call('GET', query, { token });
const idsOf = ({ status, body, text }: Answer): string => {
  expect(status, text).toBe(200);
  return (body.entry ?? [])
    .map(({ resource }: { resource: { id: string } }) => resource.id)
    .toSorted()
    .join(' ');
};

describe(':below and :above of a reference', () => {
  it.each([
    ['Procedure?location:below=Location/house', 'at-bed at-floor at-house'],
    ['Procedure?location:below=house', 'at-bed at-floor at-house'],
    ['Procedure?location:below=floor', 'at-bed at-floor'],
    ['Procedure?location:below=bed', 'at-bed'],
    ['Procedure?location:above=bed', 'at-bed at-floor at-house'],
    ['Procedure?location:above=floor', 'at-floor at-house'],
    ['Procedure?location:above=house', 'at-house'],
    ['Procedure?location:below=unknown', 'at-unknown'],
    ['Procedure?location:below=nowhere', ''],
    ['Procedure?location:below=bed,house', 'at-bed at-floor at-house'],
    ['Procedure?location:below=floor&location:above=room', 'at-floor'],
    ['Procedure?_id=at-bed,at-house&location:below=floor', 'at-bed'],
    ['Location?partof:below=house', 'bed floor room'],
    ['Location?partof:above=bed', 'bed floor room'],
    ['Location?partof:above=floor', 'floor room'],
    ['Location?partof:above=room', 'bed floor room'],
    ['Task?owner:below=Organization/root', 'part whole'],
    ['Task?part-of:below=whole', 'part piece'],
    ['Task?part-of:above=part', 'part piece'],
  ])('%s follows the hierarchy', async (query, expected) => {
    expect(idsOf(await search(query))).toBe(expected);
  });

  it.each([
    ['circle-a', 'at-circle-a at-circle-b'],
    ['self', 'at-self'],
  ])('ends where the parts of %s go round in a circle', async (id, expected) => {
    for (const direction of ['below', 'above'])
      expect(idsOf(await search(`Procedure?location:${direction}=${id}`))).toBe(expected);
  });

  it('goes as deep as the parts do, and not through what was deleted', async () => {
    expect(idsOf(await search('Procedure?location:below=d0'))).toBe(`at-d${depth - 1}`);
    expect(idsOf(await search(`Location?_id=d1&partof:above=d${depth - 1}`))).toBe('d1');
    expect(idsOf(await search('Procedure?location:above=behind'))).toBe('at-behind');
  });

  it('works within chains, filters of what is absent, and conditions', async () => {
    expect(idsOf(await search('Location?_has:Procedure:location:location:below=floor'))).toBe('bed floor');
    const { status } = await server.call('PUT', 'Procedure?location:below=room', {
      token: all,
      body: {
        resourceType: 'Procedure',
        status: 'completed',
        subject: ref('Patient/p2'),
        location: ref('Location/bed'),
      },
    });
    expect(status).toBe(200);
  });

  it('finds the versions of a canonical', async () => {
    expect(idsOf(await search(`QuestionnaireResponse?questionnaire:below=${questionnaire}|1`))).toBe('v1 v1.2');
    expect(idsOf(await search(`QuestionnaireResponse?questionnaire:above=${questionnaire}|1.2`))).toBe('v1 v1.2');
  });

  it.each([
    'Observation?subject:below=Patient/p1',
    'Procedure?location:below=https://other.example/fhir/Location/floor',
    'Procedure?location:below=floor,',
    `QuestionnaireResponse?questionnaire:below=${questionnaire}`,
  ])('%s is refused with what has a hierarchy', async (query) => {
    expectOutcome(await search(query), 400, /value/);
  });

  it('needs the right to search what it follows', async () => {
    const answer = await search('Procedure?location:below=house', server.token('user/Procedure.rs'));
    expect(answer.status).toBe(403);
    expect(reasonsOf(answer)).toContain('scope-insufficient');
    expect(
      idsOf(await search('Procedure?location:below=floor', server.token('user/Procedure.rs user/Location.s'))),
    ).toBe('at-bed at-floor');
  });
});

describe('codes whose value set has several systems', () => {
  it('have the system that each implies', async () => {
    expect(idsOf(await search('Task?intent=http://hl7.org/fhir/request-intent|order'))).toBe('piece whole');
    expect(idsOf(await search('Task?intent=http://hl7.org/fhir/task-intent|unknown'))).toBe('part');
    expect(idsOf(await search('Task?intent=order'))).toBe('piece whole');
    expect(idsOf(await search('Task?intent:in=http://hl7.org/fhir/ValueSet/task-intent'))).toBe('part piece whole');
    expect(idsOf(await search('Task?intent:not-in=http://hl7.org/fhir/ValueSet/request-intent'))).toBe('part');
  });
});
