// Value sets and code systems out of reach are as if they were not stored, whatever names them
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { startServer, type TestServer } from '../support/server.js';

const animals = 'http://t.example/CodeSystem/animals';
const urlOf = (id: string): string => `http://t.example/ValueSet/${id}`;

const valueSet = (id: string, status: string, include: JsonObject): JsonObject => ({
  resourceType: 'ValueSet',
  id,
  url: urlOf(id),
  version: '1',
  status,
  compose: { include: [include] },
});

const listed = { system: animals, concept: [{ code: 'cat' }] };
const isAnimal = { system: animals, filter: [{ property: 'concept', op: 'is-a', value: 'animal' }] };

const shown: readonly JsonObject[] = [
  valueSet('importing', 'active', { valueSet: [urlOf('hidden')] }),
  valueSet('filtering', 'active', isAnimal),
  { resourceType: 'Observation', id: 'o1', status: 'final', code: { coding: [{ system: animals, code: 'cat' }] } },
];

/** Drafts, which the caller may not read. */
const hidden: readonly JsonObject[] = [
  valueSet('hidden', 'draft', listed),
  {
    resourceType: 'CodeSystem',
    id: 'animals',
    url: animals,
    status: 'draft',
    content: 'complete',
    concept: [{ code: 'animal', concept: [{ code: 'cat' }] }],
  },
  // Goes before the built-in one for those who may read it.
  { ...valueSet('overriding', 'draft', listed), url: 'http://hl7.org/fhir/ValueSet/observation-status' },
];

const ofTerminology = [
  `code:in=${urlOf('hidden')}`,
  `code:in=${urlOf('hidden')}|1`,
  `code:not-in=${urlOf('hidden')}`,
  'code:in=ValueSet/hidden',
  'code:in=http://localhost:3000/fhir/r4/ValueSet/hidden',
  `code:in=${urlOf('importing')}`,
  `code:in=${urlOf('filtering')}`,
  `code:below=${animals}|animal`,
  `code:above=${animals}|cat`,
  'code:in=http://hl7.org/fhir/ValueSet/observation-status',
];
const queries = ofTerminology.flatMap((query) => [
  `Observation?${query}`,
  `Observation?${query}&_summary=count`,
  `Observation?_has:Observation:derived-from:${query}`,
  `?_type=Observation&${query}`,
]);

const limits: readonly (readonly [string, string])[] = [
  ['a granular scope', 'user/ValueSet.rs?status=active user/CodeSystem.rs?status=active'],
  ['search without read', 'user/ValueSet.s user/CodeSystem.s'],
  ['no scope', ''],
];

describe('terminology that is out of reach', () => {
  let a: TestServer;
  let b: TestServer;

  beforeAll(async () => {
    [a, b] = await Promise.all([startServer({ VALIDATION: 'structure' }), startServer({ VALIDATION: 'structure' })]);
    for (const [server, resources] of [
      [a, [...shown, ...hidden]],
      [b, shown],
    ] as const) {
      for (const body of resources) {
        const address = `${body['resourceType'] as string}/${body['id'] as string}`;
        const answer = await server.call('PUT', address, { token: server.token('user/*.cruds'), body });
        if (answer.status !== 201) throw new Error(answer.text);
      }
    }
  });
  afterAll(async () => {
    await a?.close();
    await b?.close();
  });

  const answerOf = async (server: TestServer, scope: string, query: string): Promise<string> => {
    const { status, text } = await server.call('GET', query, { token: server.token(scope) });
    // What the two worlds stored at their own time.
    return `${status} ${text.replaceAll(/"(lastUpdated|timestamp)":"[^"]*"/g, '"$1":""')}`;
  };

  it.each(limits)('terminology: what %s hides changes no answer', async (_name, scopes) => {
    const scope = `user/Observation.rs ${scopes}`.trim();
    for (const query of queries) {
      expect(await answerOf(a, scope, query), query).toBe(await answerOf(b, scope, query));
    }
  });

  it('terminology: who may read it finds by it what others do not', async () => {
    const differing: string[] = [];
    for (const query of queries) {
      const scope = 'user/*.rs';
      if ((await answerOf(a, scope, query)) !== (await answerOf(b, scope, query))) differing.push(query);
    }
    // Nothing refers to the one Observation, so `_has` finds nothing either way where it can be asked.
    const always = queries.filter((query) => !query.includes('observation-status'));
    expect(differing).toEqual(expect.arrayContaining([...always]));
    expect(differing).toContain('Observation?code:in=http://hl7.org/fhir/ValueSet/observation-status');
  });

  it('terminology: what was cached for one caller is no answer to another', async () => {
    const query = `Observation?code:in=${urlOf('hidden')}`;
    expect(await answerOf(a, 'user/*.rs', query)).toMatch(/^200/);
    expect(await answerOf(a, 'user/Observation.rs', query)).toMatch(/^400/);
    expect(await answerOf(a, 'user/Observation.rs user/ValueSet.rs?status=active', query)).toMatch(/^400/);
    expect(await answerOf(a, 'user/*.rs', query)).toMatch(/^200/);
  });
});
