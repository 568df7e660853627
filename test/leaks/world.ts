import { expect } from 'vitest';
import type { DynamicModule } from '@nestjs/common';
import pg from 'pg';
import type { JsonObject } from '../../src/r4/json/json.js';
import { ExplainThrottle } from '../../src/fhir/http/explain-throttle.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { fates, follow, spoken, type World } from '../../src/testing/hidden-rows.js';
import { aBundle, type Entry, putting } from '../support/resources.js';
import { releaseOf } from '../support/release-of.js';
import { startServer, type TestServer } from '../support/server.js';
import { idsOf, type Limit, type Maker } from './limit.js';

/** When a version was made, whatever else is stored in the world: the second ones on January 2nd. */
const time = `timestamptz '2024-01-01Z' + (version - 1) * interval '1 day' + (hashtext(type || id) & 65535) * interval '1 second'`;
type Step = readonly Entry[];

/** Two servers of one configuration whose data differs, for each limit, only in what is hidden by it. */
export class Worlds {
  private constructor(
    readonly a: TestServer,
    readonly b: TestServer,
  ) {}

  static async start(
    features: readonly DynamicModule[] = [],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Worlds> {
    // What old data may have is told apart as well: references to types that R4 does not name, and broken ones.
    const usual = { VALIDATION: 'structure', SEARCH_EXPLAIN: 'on', EXPORT_FOR_USERS: 'on' };
    // A manifest that leads inside is asked for three times; pauses between are a share of this.
    const settings = { ...usual, IMPORT_TIMEOUT: '1', ...more };
    const [a, b] = await Promise.all([startServer(settings, features), startServer(settings, features)]);
    for (const { app } of [a, b]) {
      // The matrix asks more than anybody may.
      app.get(ExplainThrottle).take = () => undefined;
      // AuditEvents are made for requests that ask for them, and not beside the others as well.
      await app.get(AuditSealer).onModuleDestroy();
    }
    return new Worlds(a, b);
  }

  async close(): Promise<void> {
    await Promise.all([this.a.close(), this.b.close()]);
  }

  async load(limit: Limit): Promise<void> {
    await Promise.all([load(this.a, limit, 'a'), load(this.b, limit, 'b')]);
  }
}

export const hiddenIds = (limit: Limit): readonly string[] => [
  ...hiddenPlan(limit).map(({ id }) => id),
  ...(canMove(limit) ? ['moved-out'] : []),
];

export const visibleIds = (limit: Limit): readonly string[] => [
  ...idsOf(limit),
  ...(canMove(limit) ? ['moved-in'] : []),
];

/** Whether content decides on which side a resource lies. */
export const canMove = ({ moves = true, hidden }: Limit): boolean => moves && Object.keys(hidden).length > 0;

/** Each kind of hidden resource once, but three at least; which fate comes first depends on the limit. */
function hiddenPlan({ name, hidden }: Limit): readonly { id: string; maker: Maker; fate: readonly [string, string] }[] {
  const makers = Object.entries(hidden);
  const count = makers.length === 0 ? 0 : Math.max(makers.length, 3);
  return Array.from({ length: count }, (_, i) => {
    const [kind, maker] = makers[i % makers.length]!;
    return { id: `${kind}-${i}`, maker, fate: fates[(i + name.length) % fates.length]! };
  });
}

const admin = 'system/*.cruds';
const asMachine = { sub: 'loader', client_id: 'loader' };

async function load(server: TestServer, limit: Limit, world: World): Promise<void> {
  // Records of the audit first, as what seals them takes them: otherwise the two would wait for each other.
  await runSql(
    server,
    'TRUNCATE audit_record, resource, resource_history, consent_rule, binary_version, idempotency_key',
  );
  if (limit.release) {
    const { head, concepts } = limit.release;
    await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'loader' });
  }
  if (limit.stored) await server.app.get(AccessPolicies).put(limit.stored, 'loader');
  const token = server.token(admin, asMachine);
  for (const step of stepsOf(limit, world)) {
    const { status, text } = await server.call('POST', '', { token, body: aBundle('transaction', ...step) });
    expect(status, text).toBe(200);
  }
  for (const table of ['resource', 'resource_history']) await runSql(server, `UPDATE ${table} SET updated = ${time}`);
  if (limit.sql !== undefined) await runSql(server, limit.sql);
  // What policies name is known at once, not at the next look.
  await server.app.get(AccessRules).readCodes(server.app.get(AccessPolicies).edition.policies);
}

export async function runSql(server: TestServer, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client(server.database.connection);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

function stepsOf(limit: Limit, world: World): readonly Step[] {
  const steps: Entry[][] = [[], [], []];
  steps[0]!.push(...(limit.around ?? []).map(putting));
  for (const id of idsOf(limit)) steps[0]!.push(...ownOf(limit, id, world).map((one) => putting(spoken(one, 'own'))));
  for (const [kind, make] of Object.entries(limit.foreign ?? {}))
    steps[0]!.push(...make(`${kind}-there`).map((one) => putting(spoken(one, 'own'))));
  const [first] = idsOf(limit);
  if (first !== undefined) steps[1]!.push(putting(spoken(ownOf(limit, first, world)[0]!, 'own again')));
  for (const { id, maker, fate } of hiddenPlan(limit)) hide(steps, maker(id), fate[world === 'a' ? 0 : 1], world);
  if (canMove(limit)) move(steps, limit, world);
  return steps.filter((step) => step.length > 0);
}

const ownOf = ({ own, masked }: Limit, id: string, world: World): readonly JsonObject[] => {
  const [main, ...others] = own(id);
  return [{ ...main, ...masked?.(world) }, ...others];
};

function hide(
  steps: readonly Entry[][],
  [main, ...companions]: readonly [JsonObject, ...JsonObject[]],
  fate: string,
  world: World,
): void {
  if (fate !== '') steps[0]!.push(...companions.map((one) => putting(spoken(one, `secret-${world}`))));
  follow(steps, main, fate, world);
}

/** Into the reach of the caller, with a past that differs; and out of it, in the one world. */
function move(steps: readonly Entry[][], { own, hidden, masked }: Limit, world: World): void {
  const [foreign] = Object.values(hidden) as [Maker];
  const before = putting(spoken(foreign('moved-in')[0], `secret-${world}`));
  const changed = putting(spoken(foreign('moved-in')[0], `secret-${world}-changed`));
  steps[0]!.push(before);
  steps[1]!.push(world === 'a' ? changed : { request: { method: 'DELETE', url: before.request.url } });
  steps[2]!.push(putting(spoken({ ...own('moved-in')[0], ...masked?.(world) }, 'own')));
  if (world === 'b') return;
  steps[0]!.push(putting(spoken(own('moved-out')[0], 'secret-once-own')));
  steps[1]!.push(putting(spoken(foreign('moved-out')[0], `secret-${world}`)));
}
