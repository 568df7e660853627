import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { shareOf } from '../support/full.js';
import { base, type TestServer } from '../support/server.js';
import type { Limit } from './limit.js';
import { policyLimits } from './policy-limits.js';
import { withheldLimits } from './withheld-limits.js';
import { hiddenIds, runSql, visibleIds, Worlds } from './world.js';

/** `$my-disclosures` tells patients who read their record, and nothing that is hidden from them (ADR 25). */

/** Scopes hide nothing of the record from who may know who saw it (ADR 25). */
const hiddenFromAudit = ({ hidden, byScope = [] }: Limit): Limit['hidden'] =>
  Object.fromEntries(Object.entries(hidden).filter(([name]) => !byScope.includes(name)));

let worlds: Worlds;

beforeAll(async () => {
  worlds = await Worlds.start(policyLimits.flatMap(({ features = [] }) => features));
});
afterAll(() => worlds.close());

/** Of what happened, without what differs by chance: ids of events, instants, the issuer. */
const told = (server: TestServer, body: { readonly entry?: readonly { readonly resource: object }[] }): string[] =>
  (body.entry ?? []).map(({ resource }) =>
    JSON.stringify({ ...resource, id: '', recorded: '' }).replaceAll(server.issuer.url, 'ISSUER'),
  );

/** The table, without the instant that each line begins with. */
async function table(server: TestServer, token: string): Promise<string> {
  const { status, text } = await server.call('GET', '$my-disclosures?_format=csv', { token });
  expect(status, text).toBe(200);
  return text.replaceAll(/^"[^"]*"/gm, '').replaceAll(server.issuer.url, 'ISSUER');
}

/** Pages of three, as many as there are. */
async function pages(server: TestServer, token: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (let path: string | undefined = '$my-disclosures?_count=3'; path !== undefined;) {
    const { status, body } = await server.call('GET', path, { token });
    expect(status).toBe(200);
    all.push(`page: ${told(server, body).join('\n')}`);
    const next = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url as string | undefined;
    path = next?.slice('http://localhost:3000/fhir/r4/'.length);
  }
  return all;
}

// Masks hide elements, and no elements are told. What has left a record was seen as a part of it, which is told.
const rows = [...withheldLimits, ...policyLimits]
  .map((row) => ({ ...row, hidden: hiddenFromAudit(row) }))
  .filter(({ hidden, masked }) => !masked && Object.keys(hidden).length > 0);

it.each(shareOf(rows, 4).map((row) => [row.name, row] as const))('is silent about what hides: %s', async (_, row) => {
  await worlds.load(row);
  const hidden = hiddenIds(row);
  for (const server of [worlds.a, worlds.b]) {
    // What the loader wrote is told of in the records of the transactions, which the worlds do not share.
    await server.app.get(AuditSealer).catchUp();
    await runSql(server, `DELETE FROM resource WHERE type = 'AuditEvent'`);
    const other = server.token('system/*.rs', { sub: 'ehr', client_id: 'ehr' });
    const ids = [...visibleIds(row), ...hidden];
    for (const id of [...ids, ...ids]) await server.call('GET', `${row.type}/${id}`, { token: other });
    for (const id of ids) await server.call('GET', `${row.type}/${id}/_history`, { token: other });
    await server.call('GET', `${row.type}?_count=100`, { token: other });
    for (const id of ['p1', 'p2']) await server.call('GET', `Patient/${id}`, { token: other });
    await server.app.get(AuditSealer).catchUp();
  }
  const launched = row.claims?.['patient'];
  for (const patient of typeof launched === 'string' ? [launched] : ['p1', 'p2']) {
    const ask = async (server: TestServer): Promise<readonly string[]> => {
      const token = server.token(`${row.scope} patient/AuditEvent.rs`, { ...row.claims, patient });
      return [...(await pages(server, token)), await table(server, token)];
    };
    const [a, b] = [await ask(worlds.a), await ask(worlds.b)];
    expect(a).toEqual(b);
    expect(hidden.filter((id) => a.some((page) => page.includes(`${row.type}/${id}/`)))).toEqual([]);
    const reader = worlds.a.token('user/Patient.rs', { ...row.claims });
    const { status } = await worlds.a.call('GET', `Patient/${patient}`, { token: reader });
    expect([patient, a.join('').includes(`Patient/${patient}/_history/1`)]).toEqual([patient, status === 200]);
  }
});

it('tells patients of their own record what a Consent withholds from others', async () => {
  const row = withheldLimits.find(({ name }) => name === 'consent that denies')!;
  await worlds.load(row);
  const { a } = worlds;
  await a.call('GET', 'Patient/p2', { token: a.token('system/*.rs', { sub: 'ehr', client_id: 'ehr' }) });
  const own = { patient: 'p2', fhirUser: `${base}/Patient/p2` };
  expect((await pages(a, a.token('patient/AuditEvent.rs', own))).join('')).toContain('Patient/p2/_history/1');
  const clinician = { patient: 'p2', fhirUser: `${base}/Practitioner/pr1` };
  expect(await pages(a, a.token('patient/AuditEvent.rs', clinician))).toEqual(['page: ']);
});
