import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { isFull } from '../support/full.js';
import { aBinary, aBundle, aProvenance, type Entry, putting } from '../support/resources.js';
import { compartmentLimits } from './compartment-limits.js';
import { type Limit, pointingScope } from './limit.js';
import { policyLimits } from './policy-limits.js';
import { record } from './record.js';
import { scopeLimits } from './scope-limits.js';
import { Session } from './session.js';
import { withheldLimits } from './withheld-limits.js';
import { hiddenIds, visibleIds, Worlds } from './world.js';

const named = [
  'label above the clearance',
  'consent that denies',
  'compartment: a member',
  'derived: Provenance',
  'derived: Binary that a DocumentReference points at',
  'granular: two scopes for one type',
  'user/ of a RelatedPerson',
  'a policy within the record',
  'a policy with a chain',
  'a mask within the record',
];
const limits = [...compartmentLimits, ...scopeLimits, ...policyLimits, ...withheldLimits]
  .filter(({ name }) => named.includes(name))
  .map((limit) => ({ ...limit, scope: pointingScope(limit) }));

let worlds: Worlds;
beforeAll(async () => {
  worlds = await Worlds.start(policyLimits.flatMap(({ features = [] }) => features));
});
afterAll(() => worlds.close());

const verbs = [
  'read',
  'vread',
  'history',
  'search',
  'put',
  'put outside',
  'delete',
  'post',
  'page',
  'point',
  'point as well',
  'secure',
  'pointers',
] as const;

interface Request {
  readonly verb: (typeof verbs)[number];
  readonly id: string;
  readonly version: number;
}

const requestOf = (limit: Limit) =>
  fc.record<Request>({
    verb: fc.constantFrom(...verbs),
    id: fc.constantFrom('unknown', ...hiddenIds(limit), ...visibleIds(limit)),
    version: fc.integer({ min: 1, max: 4 }),
  });

const creating = (resource: JsonObject): Entry => ({
  request: { method: 'POST', url: resource['resourceType'] as string },
  resource,
});

function entryOf({ type, own, hidden }: Limit, { verb, id, version }: Request): Entry {
  const address = `${type}/${id}`;
  const outside = Object.values(hidden)[version % Object.keys(hidden).length]!;
  const entries: Readonly<Record<Request['verb'], Entry>> = {
    read: { request: { method: 'GET', url: address } },
    vread: { request: { method: 'GET', url: `${address}/_history/${version}` } },
    history: { request: { method: 'GET', url: `${address}/_history?_count=${version}` } },
    search: { request: { method: 'GET', url: `${type}?_id=${id},own-1` } },
    page: { request: { method: 'GET', url: `${type}?_count=${version}` } },
    put: putting(own(id)[0]),
    'put outside': putting(outside(id)[0]),
    delete: { request: { method: 'DELETE', url: address } },
    post: creating({ ...own(id)[0], id: undefined }),
    point: creating(aProvenance(address)),
    'point as well': creating(aProvenance('Patient/p1', `${type}/own-1`, address)),
    secure: creating(aBinary({ securityContext: { reference: address } })),
    pointers: {
      request: { method: 'GET', url: `Provenance?_sort=_lastUpdated&_count=3&_revinclude=Provenance:target` },
    },
  };
  return entries[verb];
}

async function send(session: Session, { request: { method, url }, resource }: Entry): Promise<void> {
  const { body, headers } = await session.call(method, url, { ...(resource && { body: resource }) });
  if (method === 'POST' && headers['location'] !== undefined) await session.get(headers['location']);
  const next = (body.link as { relation: string; url: string }[] | undefined)?.find((one) => one.relation === 'next');
  if (next) await session.get(next.url);
}

/** A stream of requests, some alone, some in a bundle. */
const streamOf = (limit: Limit) =>
  fc.array(
    fc.record({
      how: fc.constantFrom('alone', 'alone', 'batch' as const, 'transaction' as const),
      requests: fc.array(requestOf(limit), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 4, maxLength: 10 },
  );

describe('random requests', () => {
  it.each(limits.map((limit) => [limit.name, limit] as const))(
    'cannot tell the worlds apart: %s',
    async (_name, limit) => {
      const stream = fc.asyncProperty(streamOf(limit), async (steps) => {
        await worlds.load(limit);
        const pair = [new Session(worlds.a, limit), new Session(worlds.b, limit)];
        await record(async (session) => {
          for (const { how, requests } of steps) {
            const entries = requests.map((request) => entryOf(limit, request));
            if (how !== 'alone') await session.post('', aBundle(how, ...entries));
            else for (const entry of entries) await send(session, entry);
          }
        }, pair);
      });
      await fc.assert(stream, { seed: 20_240_501, numRuns: isFull ? 4 : 1, endOnFailure: true });
      expect(limits).toHaveLength(named.length);
    },
  );
});
