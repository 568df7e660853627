import type { JsonObject } from '../../src/fhir/model/json.js';
import { aBundle, type Entry, putting } from '../support/resources.js';
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
  return [
    { resourceType: 'DocumentReference', status: 'current', subject, content: [{ attachment }] },
    { resourceType: 'DiagnosticReport', status: 'final', code: {}, subject, presentedForm: [attachment] },
    { resourceType: 'Media', status: 'completed', subject, content: attachment },
    { resourceType: 'Binary', contentType: 'text/plain', securityContext: reference },
    { resourceType: 'Provenance', target: [reference], recorded: '2024-05-01T10:00:00Z', agent: [] },
    { resourceType: 'Observation', status: 'final', code: {}, subject, hasMember: [reference], focus: [reference] },
    { resourceType: 'List', status: 'current', mode: 'working', subject, entry: [{ item: reference }] },
    { ...fitting(limit, 'ignored'), contained: [{ resourceType: 'Observation', id: 'c', focus: [reference] }] },
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
  batch,
  transaction,
  smuggle,
  oddEntries,
  pageAfterWrite,
  remove,
  revive,
];
