import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AfterCommit, AfterWrite, BeforeSearch, Hook } from '../../src/fhir/extensions/hook.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { listEvents } from '../../src/fhir/storage/outbox/outbox.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { compareRecords, Recording } from '../../src/testing/recording.js';
import {
  mask,
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
} from '../../src/scope/policies/policy.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';
import { runSql } from './world.js';

/** What hooks of extensions cannot tell a caller, and what they are told themselves, by design (docs/adr/0062, docs/adr/0063). */
class NotToday extends FhirError {
  readonly status = 422;
}

/** Refuses each write of Observations of one application, after a look at a resource that it names. */
@Injectable()
class Vetoes implements Hook {
  readonly name = 'vetoes';
  readonly types = ['Observation'];
  readonly asked: string[] = [];

  beforeSearch({ context }: BeforeSearch): string | undefined {
    // True of each record in which there is an amended one.
    return context.principal.clientId === 'curious-app'
      ? 'Observation?patient:Patient._has:Observation:patient:status=amended'
      : undefined;
  }

  async afterWrite({ id, after, context, records }: AfterWrite): Promise<void> {
    if (context.principal.clientId !== 'veto-app') return;
    this.asked.push(id);
    const [{ text = '' } = {}] = (after?.['note'] ?? []) as readonly { text?: string }[];
    const seen = await records.read('Observation', text).then(
      () => 'is there',
      (error: FhirError) => `${error.status} ${error.message}`,
    );
    throw new NotToday({ code: 'business-rule', diagnostics: `${text} ${seen}` });
  }
}

/** Is told of Patients. */
@Injectable()
class Tells implements Hook {
  readonly name = 'tells';
  readonly types = ['Patient'];
  readonly told: AfterCommit[] = [];
  isReady = true;

  afterCommit(event: AfterCommit): void {
    if (!this.isReady) throw new Error('not yet');
    this.told.push(event);
  }
}

@Injectable()
class NoContacts implements AccessPolicy {
  readonly name = 'no-contacts';
  decide({ principal, type }: AccessQuery): AccessDecision {
    const isMasked = principal.clientId === 'mask-app' && type === 'Patient';
    return isMasked ? mask(['Patient.telecom'], 'this app needs no contacts') : abstain();
  }
}

let worlds: readonly TestServer[];
beforeAll(async () => {
  const feature = { name: 'leaks', hooks: [Vetoes, Tells], policies: [NoContacts] };
  const start = () => startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature(feature)]);
  worlds = await Promise.all([start(), start()]);
  for (const [i, world] of worlds.entries()) {
    const resources = [
      { ...aPatient(), id: 'p1' },
      { ...aPatient(), id: 'p2' },
      { ...anObservation('Patient/p1'), id: 'own' },
      // Of the record of p1, and labelled above what its user may see.
      ...(i === 0 ? [secretOf('p1', 'labelled'), secretOf('p2', 'theirs')] : []),
    ];
    await byLoader(world, 'POST', '', aBundle('transaction', ...resources.map(putting)));
  }
});
afterAll(() => Promise.all(worlds.map((world) => world.close())));

const labels = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const secretOf = (patient: string, id: string): JsonObject & { id: string } => ({
  ...anObservation(`Patient/${patient}`, { status: 'amended', note: [{ text: 'secret words' }] }),
  id,
  meta: { security: [{ system: labels, code: 'V' }] },
});

const loader = { sub: 'loader', client_id: 'loader', clearance: 'V' };
const byLoader = (world: TestServer, method: string, path: string, body?: object) =>
  world.call(method, path, { token: world.token('system/*.cruds', loader), ...(body && { body }) });

type Asked = readonly [method: string, path: string, body?: object];

/** The answers to a caller within the record of p1, in both worlds; they must not tell them apart. */
async function compared(clientId: string, requests: readonly Asked[]): Promise<readonly string[]> {
  const records = await Promise.all(
    worlds.map(async (world) => {
      const recording = new Recording(world);
      const token = world.token('patient/*.cruds', { patient: 'p1', client_id: clientId, clearance: 'N' });
      for (const [method, path, body] of requests)
        recording.add(`${method} ${path}`, await world.call(method, path, { token, ...(body && { body }) }));
      return recording.take();
    }),
  );
  compareRecords(records[0]!, records[1]!, /secret/);
  return records[0]!;
}

const vetoes = (): readonly Vetoes[] => worlds.map((world) => world.app.get(Vetoes, { strict: false }));

describe('beforeSearch', () => {
  it('has criteria whose links lead to what the caller may see alone', async () => {
    const requests: readonly Asked[] = [
      ['GET', 'Observation'],
      ['GET', 'Observation?_summary=count'],
      ['GET', 'Observation?_id=own'],
      ['POST', '', aBundle('batch', { request: { method: 'GET', url: 'Observation' } })],
    ];
    for (const answer of await compared('curious-app', requests)) {
      expect(answer).toContain('\n200\n');
      expect(answer).not.toMatch(/"id":"own"|403 Forbidden/);
    }
    // Who may see what is amended finds it: the criterion is one that something meets.
    const seen = { ...loader, client_id: 'curious-app' };
    const token = worlds[0]!.token('user/*.cruds', seen);
    expect((await worlds[0]!.call('GET', 'Observation?_id=own', { token })).text).toContain('"id":"own"');
  });
});

describe('a veto of afterWrite', () => {
  beforeEach(() => vetoes().forEach(({ asked }) => asked.splice(0)));

  const named = (note: string, id?: string): object => ({
    ...anObservation('Patient/p1', { note: [{ text: note }] }),
    ...(id !== undefined && { id }),
  });

  it('is not heard of what the caller cannot reach: hidden and absent are answered alike', async () => {
    const requests = ['theirs', 'labelled', 'nobody'].flatMap((id): readonly Asked[] => [
      ['PUT', `Observation/${id}`, named('own', id)],
      ['DELETE', `Observation/${id}`],
      ['POST', '', aBundle('batch', putting(named('own', id) as never))],
      ['POST', '', aBundle('transaction', putting(named('own', id) as never))],
    ]);
    for (const answer of await compared('veto-app', requests)) expect(answer).not.toContain('is there');
    expect(vetoes().map(({ asked }) => asked)).toEqual([[], []]);
  });

  it('looks at what the caller may see: hidden and absent are alike to it', async () => {
    const requests = ['theirs', 'labelled', 'own'].map((note): Asked => ['POST', 'Observation', named(note)]);
    const [theirs, labelled, own] = await compared('veto-app', requests);
    expect([theirs, labelled].every((answer) => answer!.includes('\n422\n') && answer!.includes('404 '))).toBe(true);
    expect(own).toContain('own is there');
  });

  it('leaves nothing behind: no version, no row, no new content', async () => {
    const [world] = worlds as [TestServer];
    const before = await runSql(world, `SELECT count(*) FROM resource WHERE type = 'Observation'`);
    const [answer] = await compared('veto-app', [['PUT', 'Observation/own', named('own', 'own')]]);
    expect(answer).toContain('\n422\n');
    expect(await runSql(world, `SELECT count(*) FROM resource WHERE type = 'Observation'`)).toEqual(before);
    expect(await runSql(world, `SELECT version FROM resource_history WHERE id = 'own'`)).toEqual([]);
    const { body } = await byLoader(world, 'GET', 'Observation/own');
    expect([body.meta.versionId, body.note]).toEqual(['1', undefined]);
  });
});

describe('afterCommit', () => {
  it('is told of the whole version, by design, and the caller of no more than before; nothing is kept in the event', async () => {
    const [world] = worlds as [TestServer];
    const hook = world.app.get(Tells, { strict: false });
    hook.isReady = false;
    hook.told.splice(0);
    const secret = { system: 'phone', value: 'secret-number' };
    const families = ['First', 'Second'];
    for (const family of families)
      await byLoader(world, 'PUT', 'Patient/told', {
        ...aPatient(),
        id: 'told',
        name: [{ family }],
        telecom: [secret],
      });
    const events = await runSql(world, `SELECT to_json(e)::text AS row FROM outbox_event AS e WHERE id = 'told'`);
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toMatch(/secret|First|Second/);
    const token = world.token('user/Patient.rs', { client_id: 'mask-app' });
    expect((await world.call('GET', 'Patient/told', { token })).text).not.toContain('secret');
    hook.isReady = true;
    await vi.waitFor(async () => expect(await listEvents(world.app.get(SqlSession), {}, 10)).toEqual([]), {
      timeout: 20_000,
      interval: 50,
    });
    // Each with the content of its own version, though there is a later one.
    expect(hook.told.map(({ versionId, resource }) => [versionId, resource!['name'], resource!['telecom']])).toEqual(
      families.map((family, i) => [i + 1, [{ family }], [secret]]),
    );
  });

  it('is told of nothing that a veto or a refusal undid', async () => {
    const [world] = worlds as [TestServer];
    const hook = world.app.get(Tells, { strict: false });
    hook.told.splice(0);
    const token = world.token('patient/*.cruds user/Patient.cruds', { patient: 'p1', client_id: 'veto-app' });
    const undone = aBundle('transaction', putting({ ...aPatient(), id: 'p1', language: 'de' }), {
      request: { method: 'POST', url: 'Observation' },
      resource: anObservation('Patient/p1'),
    });
    expect((await world.call('POST', '', { token, body: undone })).status).toBe(422);
    await byLoader(world, 'PUT', 'Patient/last', { ...aPatient(), id: 'last' });
    await vi.waitFor(() => expect(hook.told.map(({ id }) => id)).toEqual(['last']), { timeout: 20_000 });
  });
});
