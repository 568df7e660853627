import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, type Entry } from '../support/resources.js';
import type { Limit } from './limit.js';
import type { Path } from './path.js';

const wantsBody = { prefer: 'return=representation' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

const fitting = ({ own }: Limit, id: string): JsonObject => own(id)[0];
const withoutId = (limit: Limit): JsonObject => ({ ...fitting(limit, 'ignored'), id: undefined });
const conditionsOn = (id: string): readonly string[] => [`_id=${id}`, `_lastUpdated=gt2000&_id=${id}`];

/** By whatever interaction it is found: a hidden resource is as good as none. */
const conditionalCreate: Path = {
  name: 'conditional create',
  covers: ['create'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    for (const condition of conditionsOn(id)) {
      const headers = { ...wantsBody, 'if-none-exist': condition };
      await session.call('POST', limit.type, { body: withoutId(limit), headers });
    }
    const headers = { ...wantsBody, 'if-none-exist': `_id=${id}`, 'idempotency-key': `key-${id}` };
    for (let n = 0; n < 2; n++) await session.call('POST', limit.type, { body: withoutId(limit), headers });
  },
  async whole(session) {
    const { limit } = session;
    const headers = { ...wantsBody, 'if-none-exist': '_lastUpdated=gt2000' };
    await session.call('POST', limit.type, { body: withoutId(limit), headers });
  },
};

const conditionalUpdate: Path = {
  name: 'conditional update',
  covers: ['update'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    const [first, second] = conditionsOn(id).map((condition) => `${limit.type}?${condition}`) as [string, string];
    const body = fitting(limit, id);
    await session.call('PUT', first, { body, headers: { ...wantsBody, 'if-match': 'W/"77"' } });
    await session.call('PUT', first, { body, headers: wantsBody });
    await session.call('PUT', first, { body: fitting(limit, 'unknown'), headers: wantsBody });
    await session.call('PUT', second, { body: withoutId(limit), headers: { ...wantsBody, 'if-none-match': '*' } });
    await session.get(`${limit.type}/${id}`);
  },
};

const conditionalPatch: Path = {
  name: 'conditional patch',
  covers: ['patch'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    const body = [{ op: 'add', path: '/language', value: 'is' }];
    for (const condition of conditionsOn(id)) {
      await session.call('PATCH', `${type}?${condition}`, { body, headers: { ...jsonPatch, ...wantsBody } });
    }
    await session.get(`${type}/${id}`);
  },
  async whole(session) {
    const options = { body: [], headers: jsonPatch };
    await session.call('PATCH', `${session.limit.type}?_lastUpdated=gt2000`, options);
  },
};

const conditionalDelete: Path = {
  name: 'conditional delete',
  covers: ['delete'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const condition of conditionsOn(id).toReversed()) {
      await session.call('DELETE', `${type}?${condition}`, { headers: { 'if-match': 'W/"77"' } });
      await session.call('DELETE', `${type}?${condition}`);
    }
    await session.get(`${type}/${id}`);
  },
};

/** A reference that has to find the resource, from something that the caller may write. */
const conditionalReference: Path = {
  name: 'conditional references',
  covers: ['transaction'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    for (const condition of conditionsOn(id)) {
      const valueReference = { reference: `${limit.type}?${condition}` };
      const extension = [{ url: 'http://example.org/leak', valueReference }];
      const entry = { request: { method: 'POST', url: limit.type }, resource: { ...withoutId(limit), extension } };
      await session.call('POST', '', { body: aBundle('transaction', entry), headers: wantsBody });
    }
  },
};

const conditionalEntries: Path = {
  name: 'conditional entries of bundles',
  covers: ['batch', 'transaction'],
  alike: true,
  async byId(session, id) {
    const { limit } = session;
    const url = `${limit.type}?_id=${id}`;
    const request = { method: 'POST', url: limit.type, ifNoneExist: `_id=${id}` };
    const parameters = { resourceType: 'Parameters' };
    const entries: readonly Entry[] = [
      { request, resource: withoutId(limit) },
      { request: { method: 'PATCH', url }, resource: parameters },
      { request: { method: 'PUT', url }, resource: withoutId(limit) },
      { request: { method: 'DELETE', url } },
    ];
    for (const entry of entries) {
      await session.call('POST', '', { body: aBundle('transaction', entry), headers: wantsBody });
    }
    await session.call('POST', '', { body: aBundle('batch', ...entries), headers: wantsBody });
  },
};

export const conditionalPaths: readonly Path[] = [
  conditionalCreate,
  conditionalUpdate,
  conditionalPatch,
  conditionalReference,
  conditionalEntries,
  conditionalDelete,
];
