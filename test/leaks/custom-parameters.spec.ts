// A custom search parameter is judged like a built-in one: what is out of reach shows in no answer
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSearchParameter, extensionUrl, type Send, untilActive } from '../support/custom-parameters.js';
import { settleIndex, startServer, type TestServer } from '../support/server.js';
import { Session } from './session.js';

const linkUrl = extensionUrl('link');
const parameters = [
  aSearchParameter('ward'),
  aSearchParameter('link', {
    type: 'reference',
    target: ['Patient', 'Observation', 'Device'],
    expression: `Observation.extension.where(url = '${linkUrl}').value.ofType(Reference)`,
  }),
];

const observation = (id: string, patient: string, ward: string, link: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
  extension: [
    { url: extensionUrl('ward'), valueCode: ward },
    { url: linkUrl, valueReference: { reference: link } },
  ],
});

const own = [
  { resourceType: 'Patient', id: 'p1', name: [{ family: 'Own' }] },
  {
    resourceType: 'Observation',
    id: 'plain',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  },
  observation('o1', 'p1', 'a', 'Patient/p1'),
  observation('o2', 'p1', 'b', 'Patient/p2'),
  observation('o3', 'p1', 'c', 'Observation/h1'),
  observation('o4', 'p1', 'm', 'Observation/o1'),
];
const hidden = [
  { resourceType: 'Patient', id: 'p2', name: [{ family: 'Hidden' }] },
  observation('h1', 'p2', 'a', 'Patient/p1'),
  observation('h2', 'p2', '0', 'Observation/o1'),
  observation('h3', 'p2', 'z', 'Patient/p2'),
];

const queries = [
  ...['a', 'b', '0', 'z', 'a,b,c,z'].flatMap((ward) => [
    `ward=${ward}`,
    `ward:not=${ward}`,
    `ward=${ward}&_summary=count`,
  ]),
  'ward:missing=true',
  'ward:missing=false&_total=accurate',
  ...['_sort=ward', '_sort=-ward', '_sort=link', '_sort=-link,ward'].flatMap((sort) => [sort, `${sort}&_count=1`]),
  'link=Patient/p1',
  'link=Patient/p2',
  'link=Observation/h1',
  'link:Patient.family=hidden',
  'link:Patient.family=own',
  'link:Patient.family:missing=false',
  'link:Observation.ward=a',
  'link:Observation.link:Patient.family=own',
  'link.ward=a',
  '_has:Observation:link:ward=0',
  '_has:Observation:link:ward=m',
  '_include=Observation:link',
  '_include=Observation:link:Observation&_include:iterate=Observation:link',
  '_revinclude=Observation:link',
  '_revinclude:iterate=Observation:link',
].map((query) => `Observation?${query}`);
const others = [
  'Patient?_has:Observation:link:ward=a',
  'Patient?_has:Observation:link:ward=z',
  'Patient?_has:Observation:link:_has:Observation:link:ward=0',
  'Patient?_revinclude=Observation:link',
  'Patient/p1/Observation?ward=a',
  'Patient/p2/Observation?ward=a',
  '?_type=Observation&ward=a',
];

const limits = [
  { name: 'the record of a patient', scope: 'patient/*.rs', claims: { patient: 'p1' } },
  { name: 'a granular scope', scope: 'user/Patient.rs?_id=p1 user/Observation.rs?subject=Patient/p1', claims: {} },
];

describe.each(limits)('searches by custom parameters within $name', ({ name, scope, claims }) => {
  const sessions: Session[] = [];
  const servers: TestServer[] = [];
  beforeAll(async () => {
    for (const content of [own, [...own, ...hidden]]) {
      const server = await startServer();
      servers.push(server);
      const send: Send = (method, path, body) =>
        server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
      for (const resource of [...content, ...parameters]) {
        const { status, text } = await send('PUT', `${resource.resourceType}/${resource.id}`, resource);
        if (status !== 201) throw new Error(text);
      }
      for (const { id } of parameters) await untilActive(send, id);
      const maker = () => [{ resourceType: 'Observation' }] as const;
      sessions.push(
        new Session(server, { name, scope, claims, type: 'Observation', may: 'rs', own: maker, hidden: {} }),
      );
    }
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it.each([...queries, ...others])('%s', async (query) => {
    const records: (readonly string[])[] = [];
    for (const session of sessions) {
      let next: string | undefined = query;
      for (let page = 0; next !== undefined && page < 12; page++) {
        const answer = await session.get(next);
        const links = (answer.body.link ?? []) as readonly { relation: string; url: string }[];
        next = links.find(({ relation }) => relation === 'next')?.url;
      }
      records.push(session.take());
    }
    expect(records[1]).toEqual(records[0]);
    // Only what is sought in vain would be alike for other reasons.
    expect(records[0]!.join()).not.toMatch(/\n5\d\d\n/);
  });

  it('find what is within reach', async () => {
    const { body } = await sessions[1]!.get('Observation?ward=a,b,0,z&_sort=-ward');
    expect(body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['o2', 'o1']);
  });
});

describe('a custom parameter through types that the caller may not search', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    const send: Send = (method, path, body) =>
      server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
    for (const resource of [...own, ...parameters])
      await send('PUT', `${resource.resourceType}/${resource.id}`, resource);
    for (const { id } of parameters) await untilActive(send, id);
  });
  afterAll(() => server.close());

  it.each([
    ['user/Observation.rs', 'Observation?link:Patient.family=own'],
    ['user/Patient.rs', 'Patient?_has:Observation:link:ward=a'],
    ['user/Patient.rs', 'Observation?ward=a'],
    ['user/Observation.r', 'Observation?_sort=ward'],
  ])('%s: %s is 403 before it runs', async (scope, query) => {
    const { status } = await server.call('GET', query, { token: server.token(scope) });
    expect(status).toBe(403);
  });

  it('does not let its status tell of a SearchParameter that is out of reach', async () => {
    const token = server.token('admin/Definition.cud user/SearchParameter.ru?_tag=urn:t|mine');
    const answers = await Promise.all(
      ['ward', 'nothing'].map((id) => server.call('GET', `SearchParameter/${id}/$status`, { token })),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]!.text.replaceAll('ward', 'nothing')).toBe(answers[1]!.text);
  });

  it('is not ended through a resource of somebody who reaches some of them only', async () => {
    const token = server.token('admin/Definition.cud user/SearchParameter.cud?_tag=urn:t|mine');
    const body = {
      ...aSearchParameter('ward', { status: 'active', id: 'mine' }),
      meta: { tag: [{ system: 'urn:t', code: 'mine' }] },
    };
    expect((await server.call('POST', 'SearchParameter', { token, body })).status).toBe(422);
    expect((await server.call('DELETE', 'SearchParameter/ward', { token })).status).toBe(404);
    const search = await server.call('GET', 'Observation?ward=a', { token: server.token('user/*.rs') });
    expect(search.body.entry).toHaveLength(1);
  });

  it('has nothing indexed for somebody who reaches some rows only, nor tells them how many there are', async () => {
    const token = server.token('admin/Job.cruds user/Patient.cruds user/Observation.cruds?status=final');
    for (const [method, path] of [
      ['POST', 'Observation/$reindex'],
      ['POST', '$reindex'],
      ['GET', '$reindex-status?job=1'],
    ] as const) {
      expect([path, (await server.call(method, path, { token })).status]).toEqual([path, 403]);
    }
    const limited = server.token('admin/Job.cruds user/Patient.cruds?gender=female');
    expect((await server.call('POST', 'Patient/$reindex', { token: limited })).status).toBe(403);
    expect((await server.call('POST', 'Patient/$reindex', { token })).status).toBe(202);
  });

  it('grants nothing by a scope while its index is being built', async () => {
    const used = server.token('user/Observation.rs?ward=a');
    expect((await server.call('GET', 'Observation', { token: used })).body.entry).toHaveLength(1);
    // Long enough to ask meanwhile.
    settleIndex(server, 'after others');
    const changed = aSearchParameter('ward', {
      expression: "Observation.extension.where(url = 'urn:other').value.ofType(code)",
    });
    const token = server.token('user/*.cruds admin/*.cruds');
    expect((await server.call('PUT', 'SearchParameter/ward', { token, body: changed })).status).toBe(200);
    for (const scoped of [used, server.token('user/Observation.rs?ward=a')]) {
      expect((await server.call('GET', 'Observation', { token: scoped })).status).toBe(403);
      expect((await server.call('GET', 'Observation/o1', { token: scoped })).status).toBe(403);
    }
  });
});
