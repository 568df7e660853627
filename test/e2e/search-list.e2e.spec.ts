// https://hl7.org/fhir/R4/search.html#list: what a List contains
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const list = (id: string, subject: string, ...items: readonly string[]) => ({
  resourceType: 'List',
  id,
  status: 'current',
  mode: 'working',
  subject: { reference: `Patient/${subject}` },
  entry: items.map((reference) => ({ item: { reference } })),
});
const observation = (id: string, subject: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${subject}` },
});

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  token = server.token('user/*.cruds');
  const resources = [
    { resourceType: 'Patient', id: 'p1' },
    { resourceType: 'Patient', id: 'p2' },
    observation('o1', 'p1'),
    observation('o2', 'p1'),
    observation('o3', 'p2'),
    list('mixed', 'p1', 'Observation/o1', 'Patient/p1', 'Observation/o3'),
    list('other', 'p2', 'Observation/o1', 'Observation/o2'),
  ];
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...resources.map(putting)),
  });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

async function find(address: string, as = token): Promise<string> {
  const { status, body, text } = await server.call('GET', address, { token: as });
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join(' ');
}

describe('_list', () => {
  it.each([
    ['Observation?_list=mixed', 'o1 o3'],
    ['Patient?_list=mixed', 'p1'],
    ['Observation?_list=mixed,other', 'o1 o2 o3'],
    ['Observation?_list=mixed&_list=other', 'o1'],
    ['Observation?_list=nothing', ''],
    ['Observation?_list=mixed&subject=Patient/p2', 'o3'],
    ['?_type=Observation,Patient&_list=mixed', 'o1 o3 p1'],
    ['Patient/p1/Observation?_list=mixed', 'o1'],
    ['Patient?_has:Observation:subject:_list=other', 'p1'],
  ])('%s finds "%s"', async (address, expected) => {
    expect(await find(address)).toBe(expected);
  });

  it('needs the right to search Lists, and sees those within reach only', async () => {
    const blind = server.token('user/Observation.rs');
    expectOutcome(await server.call('GET', 'Observation?_list=mixed', { token: blind }), 403, /List/);
    const launched = server.token('patient/Observation.rs patient/List.rs', { patient: 'p1' });
    expect(await find('Observation?_list=mixed', launched)).toBe('o1');
    expect(await find('Observation?_list=other', launched)).toBe('');
  });

  it.each([
    ['_list=$current-problems', /functional list.*does not compute.*_list=42/],
    ['_list=List/mixed', /an id has/],
    ['_list=', /./],
    ['_list:missing=true', /no modifiers/],
    [`_list=${Array.from({ length: 101 }, (_, i) => `l${i}`).join(',')}`, /more than 100 lists/],
  ])('%s is refused', async (query, fact) => {
    expectOutcome(await server.call('GET', `Observation?${query}`, { token }), 400, fact);
  });
});
