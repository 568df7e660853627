import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authorize,
  createUser,
  exchange,
  registerClient,
  startOauthServer,
  store,
  type OauthServer,
} from '../support/oauth-server.js';
import { anObservation, aPatient } from '../support/resources.js';

// The two sets of granular scopes that certification grants: what was found before, and is within them, is found again.

const condition = 'http://terminology.hl7.org/CodeSystem/condition-category';
const concern = 'http://hl7.org/fhir/us/core/CodeSystem/condition-category';
const observation = 'http://terminology.hl7.org/CodeSystem/observation-category';
const usCore = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category';

const sets = [
  [
    `Condition ${condition}|encounter-diagnosis`,
    `Condition ${concern}|health-concern`,
    `Observation ${observation}|laboratory`,
    `Observation ${observation}|social-history`,
  ],
  [
    `Condition ${condition}|problem-list-item`,
    `Observation ${observation}|vital-signs`,
    `Observation ${observation}|survey`,
    `Observation ${usCore}|sdoh`,
  ],
] as const;

const granular = (one: string, permissions = 'rs'): string =>
  `patient/${one.split(' ')[0]}.${permissions}?category=${one.split(' ')[1]}`;

/** What is in the record: ids, and the categories of each. */
const record: readonly { readonly id: string; readonly type: string; readonly categories: readonly string[] }[] = [
  ...[...sets.flat(), `Observation ${observation}|imaging`, `Condition ${condition}|other`].map((one, at) => ({
    id: `one-${at}`,
    type: one.split(' ')[0]!,
    categories: [one.split(' ')[1]!],
  })),
  { id: 'two-sets', type: 'Observation', categories: [`${observation}|laboratory`, `${observation}|survey`] },
  { id: 'same-code', type: 'Observation', categories: ['http://other.example/categories|laboratory'] },
  { id: 'no-category', type: 'Condition', categories: [] },
];

let server: OauthServer;
let app: string;
let everything: string;

beforeAll(async () => {
  server = await startOauthServer();
  app = (await registerClient(server)).client.id;
  await createUser(server, { name: 'pia', fhirUser: 'Patient/p1', grants: 'user/*.rs' });
  for (const id of ['p1', 'p2']) await store(server, { ...aPatient(), id });
  for (const { id, type, categories } of record) {
    const category = categories.map((one) => ({ coding: [{ system: one.split('|')[0], code: one.split('|')[1] }] }));
    const isObservation = type === 'Observation';
    const body = isObservation ? anObservation('Patient/p1') : { subject: { reference: 'Patient/p1' } };
    const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
    await store(server, { ...body, resourceType: type, id, code, ...(categories.length > 0 && { category }) } as never);
  }
  await store(server, { ...anObservation('Patient/p2'), id: 'of-another' });
  everything = await tokenFor('launch/patient patient/*.rs');
});
afterAll(() => server?.close());

async function tokenFor(scope: string): Promise<string> {
  const { body } = await exchange(server, app, await authorize(server, app, { scope, login_hint: 'pia' }));
  expect(body.scope).toBe(scope);
  return body.access_token;
}

/** Ids of all pages; nothing for an answer that is not 200. */
async function find(query: string, token: string, method: 'GET' | 'POST'): Promise<readonly string[]> {
  const [type, parameters] = query.split('?');
  const headers = { authorization: `Bearer ${token}` };
  let answer = await (method === 'GET'
    ? fetch(`${server.fhir}/${query}`, { headers })
    : fetch(`${server.fhir}/${type}/_search`, { method: 'POST', headers, body: new URLSearchParams(parameters) }));
  const ids: string[] = [];
  for (let page = 0; answer.status === 200 && page < 20; page++) {
    const { entry = [], link = [] } = (await answer.json()) as {
      readonly entry?: readonly { readonly resource: { readonly id: string } }[];
      readonly link?: readonly { readonly relation: string; readonly url: string }[];
    };
    ids.push(...entry.map(({ resource }) => resource.id));
    const next = link.find(({ relation }) => relation === 'next');
    if (!next) break;
    answer = await fetch(next.url, { headers });
  }
  return ids.toSorted();
}

const queriesOf = (type: string): readonly string[] => [
  `${type}?patient=p1`,
  `${type}?patient=Patient/p1&_count=2`,
  `${type}?patient=p1&code=http://loinc.org|8867-4`,
  ...record
    .filter((one) => one.type === type)
    .flatMap(({ categories }) => categories)
    .flatMap((category) => [
      `${type}?patient=p1&category=${category}`,
      `${type}?patient=p1&category=${category.split('|')[1]}`,
    ]),
];

describe.each([
  ['the first set', sets[0], 'rs'],
  ['the second set', sets[1], 'rs'],
  ['the first set, reading and searching apart', sets[0], 'r+s'],
])('%s of granular scopes', (_, set, permissions) => {
  const scopes = permissions.split('+').flatMap((letters) => set.map((one) => granular(one, letters)));
  const within = ({ type, categories }: (typeof record)[number]) =>
    categories.some((category) => (set as readonly string[]).includes(`${type} ${category}`));
  let token: string;

  beforeAll(async () => {
    token = await tokenFor(`launch/patient patient/Patient.rs ${scopes.join(' ')}`);
  });

  it.each(['Condition', 'Observation'])('finds of %s exactly what is within', async (type) => {
    for (const query of queriesOf(type)) {
      for (const method of ['GET', 'POST'] as const) {
        const before = await find(query, everything, method);
        const expected = before.filter((id) => within(record.find((one) => one.id === id)!));
        expect([query, method, await find(query, token, method)]).toEqual([query, method, expected]);
      }
    }
    expect(await find(`${type}?patient=p1`, token, 'GET')).not.toEqual([]);
    expect(await find(`${type}?patient=p1`, everything, 'GET')).toHaveLength(
      record.filter((one) => one.type === type).length,
    );
  });

  it('reads what is within, and nothing else', async () => {
    for (const one of record) {
      const { status } = await fetch(`${server.fhir}/${one.type}/${one.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([one.id, status === 200]).toEqual([one.id, within(one)]);
    }
    const foreign = await fetch(`${server.fhir}/Observation/of-another`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(foreign.status).not.toBe(200);
  });
});
