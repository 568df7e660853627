import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, anObservation, aProvenance, type Entry, putting } from '../support/resources.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import { linkOf } from './reading-paths.js';
import type { Session } from './session.js';

const wantsBody = { prefer: 'return=representation' };

const fitting = ({ own }: Limit, id: string): JsonObject => own(id)[0];
const unfitting = ({ hidden, own }: Limit, id: string): JsonObject => (Object.values(hidden)[0] ?? own)(id)[0];
const creating = (resource: JsonObject): Entry => ({
  request: { method: 'POST', url: resource['resourceType'] as string },
  resource: { ...resource, id: undefined },
});
const asking = (method: string, url: string): Entry => ({ request: { method, url } });

const create: Path = {
  name: 'create inside and outside',
  covers: ['create'],
  async whole(session) {
    const { limit } = session;
    for (const resource of [fitting(limit, 'ignored'), unfitting(limit, 'ignored')]) {
      const { headers } = await session.call('POST', limit.type, { body: resource, headers: wantsBody });
      if (headers['location'] !== undefined) await session.get(headers['location']);
      await session.call('POST', limit.type, { body: resource, headers: { 'if-none-exist': '_id=ignored' } });
    }
  },
};

const update: Path = {
  name: 'update',
  covers: ['update'],
  async byId(session, id) {
    const { limit } = session;
    const address = `${limit.type}/${id}`;
    const body = fitting(limit, id);
    for (const headers of [{}, { 'if-match': 'W/"1"' }, { 'if-match': 'W/"77"' }])
      await session.call('PUT', address, { body, headers: { ...headers, ...wantsBody } });
    await session.call('PUT', address, { body: unfitting(limit, id) });
    await session.get(address);
  },
};

const jsonPatch = { 'content-type': 'application/json-patch+json' };

const patch: Path = {
  name: 'patch',
  covers: ['patch'],
  alike: true,
  async byId(session, id) {
    const address = `${session.limit.type}/${id}`;
    const { type } = session.limit;
    const operations = [
      [],
      [{ op: 'test', path: '/resourceType', value: type }],
      [{ op: 'test', path: '/id', value: 'another' }],
      [{ op: 'add', path: '/language', value: 'is' }],
      [{ op: 'add', path: '/language', value: 7 }],
    ];
    for (const body of operations)
      await session.call('PATCH', address, { body, headers: { ...jsonPatch, ...wantsBody } });
    for (const match of ['W/"1"', 'W/"77"']) {
      const headers = { ...jsonPatch, 'if-match': match };
      await session.call('PATCH', address, { body: operations[0] as object, headers });
    }
    const entry = { request: { method: 'PATCH', url: address }, resource: binaryOf(operations[3]) };
    for (const kind of ['batch', 'transaction'] as const)
      await session.call('POST', '', { body: aBundle(kind, entry), headers: wantsBody });
    await session.get(address);
  },
  // What no other path has replaced: a patch looks at what is there.
  async whole(session) {
    const { limit } = session;
    const [, untouched] = idsOf(limit);
    if (untouched === undefined) return;
    const inside = '/contained/0/telecom/0/value';
    for (const operation of [
      { op: 'test', path: inside, value: 'secret-a' },
      { op: 'copy', from: inside, path: '/language' },
    ])
      await session.call('PATCH', `${limit.type}/${untouched}`, { body: [operation], headers: jsonPatch });
  },
};

const binaryOf = (operations: unknown): JsonObject => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

const meta: Path = {
  name: '$meta, $meta-add and $meta-delete',
  covers: ['$meta', '$meta-add', '$meta-delete'],
  alike: true,
  async byId(session, id) {
    const address = `${session.limit.type}/${id}`;
    const valueMeta = { tag: [{ system: 'http://example.org/tags', code: 'leak' }] };
    const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] };
    await session.get(`${address}/$meta`);
    for (const operation of ['$meta-add', '$meta-delete']) await session.post(`${address}/${operation}`, body);
    await session.get(`${address}/$meta`);
  },
};

const remove: Path = {
  name: 'delete',
  covers: ['delete'],
  async byId(session, id) {
    const address = `${session.limit.type}/${id}`;
    await session.call('DELETE', address, { headers: { 'if-match': 'W/"77"' } });
    await session.call('DELETE', address);
    await session.call('DELETE', address);
    for (const one of [address, `${address}/_history/2`, `${address}/_history`]) await session.get(one);
    await session.get(`${session.limit.type}?_id=${id}`);
  },
};

const revive: Path = {
  name: 'revival after delete',
  covers: ['update', 'delete'],
  async byId(session, id) {
    const { limit } = session;
    const address = `${limit.type}/${id}`;
    await session.call('DELETE', address);
    await session.call('PUT', address, { body: unfitting(limit, id) });
    await session.call('PUT', address, { body: fitting(limit, id), headers: wantsBody });
    await session.get(`${address}/_history`);
  },
};

const batch: Path = {
  name: 'batch',
  covers: ['batch'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    const address = `${limit.type}/${id}`;
    const entries = [
      asking('GET', address),
      asking('HEAD', address),
      asking('GET', `${address}/_history/1`),
      asking('GET', `${address}/_history`),
      asking('GET', `${limit.type}?_id=${id}`),
      putting(unfitting(limit, id)),
      putting(fitting(limit, id)),
      creating(unfitting(limit, id)),
      asking('DELETE', address),
      asking('GET', address),
      putting(fitting(limit, id)),
    ];
    await session.call('POST', '', { body: aBundle('batch', ...entries), headers: wantsBody });
  },
};

const transaction: Path = {
  name: 'transaction',
  covers: ['transaction'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    const address = `${limit.type}/${id}`;
    for (const entries of transactionsOn(limit, id, address))
      await session.call('POST', '', { body: aBundle('transaction', ...entries), headers: wantsBody });
  },
  async whole(session) {
    const { limit } = session;
    const list = asking('GET', limit.type);
    for (const entries of [[list], [creating(fitting(limit, 'ignored')), list]])
      await session.call('POST', '', { body: aBundle('transaction', ...entries) });
    await session.call('POST', '', { body: aBundle('batch', list, creating(unfitting(limit, 'ignored')), list) });
    await session.get(limit.type);
  },
};

const transactionsOn = (limit: Limit, id: string, address: string): readonly (readonly Entry[])[] => [
  [asking('GET', address)],
  [asking('GET', `${limit.type}?_id=${id}`)],
  [putting(fitting(limit, id)), asking('GET', address)],
  [putting(unfitting(limit, id)), asking('GET', address)],
  [creating(fitting(limit, id)), creating(unfitting(limit, id))],
  [{ ...putting(fitting(limit, id)), request: { ...putting(fitting(limit, id)).request, ifMatch: 'W/"1"' } } as Entry],
  [asking('DELETE', address), asking('GET', address)],
];

/** References by which hidden data could be brought into reach. */
const smuggle: Path = {
  name: 'references smuggled',
  covers: ['create', 'transaction'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    const address = `${limit.type}/${id}`;
    const baits = baitsFor(address, limit);
    await session.call('POST', '', { body: aBundle('batch', ...baits.map(creating)) });
    for (const bait of baits.slice(0, 5)) {
      const entry = { ...creating(bait), fullUrl: `http://localhost:3000/fhir/r4/${address}` };
      await session.call('POST', '', { body: aBundle('transaction', entry, asking('GET', address)) });
    }
    await session.get(address);
    await session.get(`${address}/_history`);
    await session.get(`${limit.type}?_id=${id}`);
  },
};

const baitsFor = (address: string, limit: Limit): readonly JsonObject[] => {
  const reference = { reference: address };
  const subject = { reference: 'Patient/p1' };
  const attachment = { url: address };
  const code = { text: 'x' };
  const contained = { ...anObservation('#'), id: 'c', focus: [reference] };
  return [
    { resourceType: 'DocumentReference', status: 'current', subject, content: [{ attachment }] },
    { resourceType: 'DiagnosticReport', status: 'final', code, subject, presentedForm: [attachment] },
    { resourceType: 'Media', status: 'completed', subject, content: attachment },
    { resourceType: 'Binary', contentType: 'text/plain', securityContext: reference },
    aProvenance(address),
    { resourceType: 'Observation', status: 'final', code, subject, hasMember: [reference], focus: [reference] },
    { resourceType: 'List', status: 'current', mode: 'working', subject, entry: [{ item: reference }] },
    { ...fitting(limit, 'ignored'), contained: [contained] },
  ];
};

const pageAfterWrite: Path = {
  name: 'a page link after a write',
  covers: ['search-type', 'delete'],
  async whole(session) {
    const { limit } = session;
    const next = linkOf((await session.get(`${limit.type}?_count=1`)).body, 'next');
    await session.post(limit.type, fitting(limit, 'ignored'));
    await session.call('DELETE', `${limit.type}/${idsOf(limit).at(-1)}`);
    if (next === undefined) return;
    const back = linkOf((await session.get(next)).body, 'previous');
    if (back !== undefined) await session.get(back);
  },
};

const oddEntries: Path = {
  name: 'bundle entries that are smuggled',
  covers: ['batch', 'transaction'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    const body = fitting(session.limit, id);
    const entries: readonly Entry[] = [
      asking('get', `${type}/${id}`),
      asking('GET', `http://localhost:3000/fhir/r4/${type}/${id}`),
      asking('GET', `x/../${type}/${id}`),
      asking('GET', `/${type}/${id}`),
      asking('GET', `${type}%2F${id}`),
      asking('GET', `${type}/%2e%2e/${type}/${id}`),
      asking('GET', `${type}/${id}/$meta`),
      asking('GET', '$my-access'),
      asking('PUT', `${type}?_id=${id}`),
      asking('DELETE', `${type}?_id=${id}`),
      { request: { method: 'PUT', url: `Basic/${id}` }, resource: body },
      { request: { method: 'POST', url: '' }, resource: aBundle('batch', asking('GET', `${type}/${id}`)) },
    ];
    await session.post('', aBundle('batch', ...entries));
    for (const entry of entries) await sendAlone(session, entry);
  },
};

const sendAlone = (session: Session, entry: Entry) => session.post('', aBundle('transaction', entry));

export const writingPaths: readonly Path[] = [
  create,
  update,
  patch,
  meta,
  batch,
  transaction,
  smuggle,
  oddEntries,
  pageAfterWrite,
  remove,
  revive,
];
