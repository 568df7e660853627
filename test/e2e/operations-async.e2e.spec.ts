// https://hl7.org/fhir/R4/async.html: calls that are answered later (docs/adr/0061)
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { addJob, finishJob, holdJob, takeJob } from '../../src/fhir/storage/jobs/job.js';
import { Jobs } from '../../src/fhir/storage/jobs/jobs.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { InvalidRequest } from '../../src/r4/errors/fhir-error.js';
import { untilEnded } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const slow = {
  code: 'slow',
  level: ['instance'],
  types: ['Patient'],
  affectsState: true,
  async: true,
  target: true,
  access: [{ permission: 'r' }],
  also: [{ type: 'Patient', permission: 'c' }],
  parameters: [{ name: 'how', type: 'code', documentation: 'How it ends.' }],
  documentation: 'Waits to be let go.',
} as const satisfies OperationDeclaration;

let letGo: () => void = () => undefined;
let begun = 0;
let cancelled = 0;
let reads = 0;

@Injectable()
class Slow implements Operation<typeof slow> {
  readonly declaration = slow;
  async run({ target, parameters: { how }, progress, records, signal }: OperationCall<typeof slow>): Promise<object> {
    begun++;
    if (how === 'refuse') throw new InvalidRequest({ code: 'business-rule', diagnostics: 'Not today.' });
    if (how === 'break') throw new TypeError('a defect');
    if (how === 'ignore') {
      for (let i = 0; i < 300; i++) {
        await records.read('Patient', target['id'] as string);
        reads++;
        await sleep(100);
      }
    }
    if (how === 'write') {
      signal.addEventListener('abort', () => cancelled++);
      await records.transaction(async (tx) => {
        await tx.create({ resourceType: 'Patient', id: '', name: [{ family: 'Late' }] });
        begun++;
        await new Promise<void>((resolve) => (letGo = resolve));
      });
    }
    if (how === 'wait') {
      progress('half\nof it');
      await new Promise<void>((resolve) => {
        letGo = resolve;
        signal.addEventListener('abort', () => {
          cancelled++;
          resolve();
        });
      });
    }
    return { resourceType: 'Parameters', parameter: [{ name: 'id', valueString: target['id'] as string }] };
  }
}

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: 'test', operations: [Slow] })]);
  all = server.token('user/*.cruds');
  await server.call('PUT', 'Patient/p1', { token: all, body: { ...aPatient(), id: 'p1' } });
});
afterAll(() => server.close());

const start = (query = '', token = all) =>
  server.call('POST', `Patient/p1/$slow${query}`, { token, headers: { prefer: 'respond-async' } });
const statusOf = ({ headers }: Answer): string =>
  new URL(headers['content-location']!).pathname.replace('/fhir/r4/', '') +
  new URL(headers['content-location']!).search;

/** Runs a statement about the job at that place. */
async function onJobs(statement: string, place: string): Promise<readonly unknown[]> {
  const client = new Client(server.database.connection);
  await client.connect();
  try {
    return (await client.query(statement, [place.split('job=')[1]])).rows;
  } finally {
    await client.end();
  }
}

const ended = (place: string, token = all): Promise<Answer> => untilEnded(() => server.call('GET', place, { token }));

describe('Prefer: respond-async', () => {
  it('is 202 with where to ask, progress, 429 for who asks too often, and then the answer', async () => {
    const answer = await start('?how=wait');
    expectOutcome(answer, 202);
    const place = statusOf(answer);
    const said = 'SELECT progress FROM job WHERE id = $1';
    await expect.poll(() => onJobs(said, place), { timeout: 20_000 }).toEqual([{ progress: 'half?of it' }]);
    const first = await server.call('GET', place, { token: all });
    expect([first.status, first.headers['x-progress'], first.headers['retry-after']]).toEqual([202, 'half?of it', '2']);
    const second = await server.call('GET', place, { token: all });
    expectOutcome(second, 429);
    expect(second.headers['retry-after']).toBe('2');
    letGo();
    const { status, body } = await ended(place);
    expect([status, body.parameter]).toEqual([200, [{ name: 'id', valueString: 'p1' }]]);
  });

  it('reads parameters and decides before, and is for operations that say so', async () => {
    expectOutcome(await start('?hou=x'), 400, /Did you mean how/);
    expectOutcome(await start('', server.token('user/Observation.r')), 403);
    const other = { token: all, headers: { prefer: 'respond-async' } };
    expect((await server.call('GET', 'Patient/p1/$meta', other)).status).toBe(200);
    expect((await server.call('POST', 'Patient/p1/$slow', { token: all })).body.parameter).toHaveLength(1);
  });

  it('ends with the outcome of what went wrong', async () => {
    expectOutcome(await ended(statusOf(await start('?how=refuse'))), 400, /Not today/);
    const broken = await ended(statusOf(await start('?how=break')));
    expectOutcome(broken, 500);
    expect(broken.text).not.toContain('a defect');
    const gone = server.token('user/*.cruds', { sub: 'other' });
    const missing = await server.call('POST', 'Patient/none/$slow', {
      token: gone,
      headers: { prefer: 'respond-async' },
    });
    expectOutcome(await ended(statusOf(missing), gone), 404);
  });

  it('is told to nobody else', async () => {
    const place = statusOf(await start());
    expect((await ended(place)).status).toBe(200);
    for (const token of [
      server.token('user/*.cruds', { sub: 'other' }),
      server.token('user/*.cruds', { client_id: 'other' }),
      server.token('user/*.rs'),
      server.token('user/Patient.r user/*.cruds', { patient: 'p2' }),
    ]) {
      expectOutcome(await server.call('GET', place, { token }), 404);
      expectOutcome(await server.call('DELETE', place, { token }), 404);
    }
    await sleep(1100);
    expect((await server.call('GET', place, { token: server.token('user/*.cruds') })).status).toBe(200);
    expectOutcome(await server.call('GET', place), 401);
    expectOutcome(await server.call('GET', '$job-status', { token: all }), 400, /needs the parameter job/);
  });

  it('says why nothing is done: no server is free, it is put off, or its server is gone', async () => {
    const before = begun;
    const taken = [statusOf(await start('?how=wait')), statusOf(await start('?how=wait'))];
    await expect.poll(() => begun, { timeout: 20_000 }).toBe(before + 2);
    const [first, second] = [statusOf(await start()), statusOf(await start())];
    const progress = async (place: string) => (await server.call('GET', place, { token: all })).headers['x-progress'];
    expect(await progress(first)).toBe('waiting for a free server, next in line');
    expect(await progress(second)).toBe('waiting for a free server, 1 before it');
    const set = (change: string) => onJobs(`UPDATE job SET ${change}, polled = NULL WHERE id = $1`, first);
    await set(`attempts = 1, lease = now() + interval '1 hour', progress = 'put off: no disk'`);
    expect(await progress(first)).toMatch(/^put off: no disk; tried again in \d+ s$/);
    await set(`state = 'running', lease = now() - interval '1 s'`);
    expect(await progress(first)).toBe('its server is gone, waiting for another one, next in line');
    const jobs = await server.app.get(Jobs).list();
    expect(jobs.filter(({ before: ahead }) => ahead !== null).map(({ before: ahead }) => ahead)).toEqual([1, 0]);
    for (const place of [first, second, ...taken]) await server.call('DELETE', place, { token: all });
    await expect.poll(() => cancelled, { timeout: 5000 }).toBe(2);
    cancelled = 0;
  });

  it('is cancelled by DELETE, and gone', async () => {
    const before = begun;
    const place = statusOf(await start('?how=wait'));
    await expect.poll(() => begun, { timeout: 20_000 }).toBeGreaterThan(before);
    expectOutcome(await server.call('DELETE', place, { token: all }), 202);
    expectOutcome(await server.call('GET', place, { token: all }), 404);
    expectOutcome(await server.call('DELETE', place, { token: all }), 404);
    await expect.poll(() => cancelled, { timeout: 5000 }).toBe(1);
  });
});

describe('the caller of a call under way', () => {
  const accounts = () => server.app.get(LocalAccounts);
  const logIn = async (name: string) => {
    const authorization = `Basic ${Buffer.from(`${name}:a long password`).toString('base64')}`;
    return (await server.call('POST', 'login', { headers: { authorization } })).body as {
      access_token: string;
      refresh_token: string;
    };
  };
  const newUser = async (name: string) => {
    await accounts().create({ name, password: 'a long password', grants: 'user/*.cruds' });
    return logIn(name);
  };
  const logOut = (refresh: string) =>
    server.call('POST', 'logout', {
      body: { refresh_token: refresh },
      headers: { 'content-type': 'application/json' },
    });
  const untilBegun = async (work: () => Promise<Answer>): Promise<string> => {
    const [before, readBefore] = [begun, reads];
    const place = statusOf(await work());
    await expect.poll(() => begun + reads, { timeout: 5000 }).toBeGreaterThan(before + readBefore);
    return place;
  };

  it('who logs out ends it: the operation is told, and the next login of the same rights reads why', async () => {
    const { access_token: token, refresh_token: refresh } = await newUser('leaver');
    const before = cancelled;
    const place = await untilBegun(() => start('?how=wait', token));
    expect((await logOut(refresh)).status).toBeLessThan(300);
    await expect.poll(() => cancelled, { timeout: 8000 }).toBe(before + 1);
    const answer = await ended(place, (await logIn('leaver')).access_token);
    expectOutcome(answer, 401, /revoked/);
    expect(answer.text).toContain('token-revoked');
  });

  it('who is disabled reads nothing more by it, though the operation goes on', async () => {
    const { access_token: token } = await newUser('dismissed');
    const place = await untilBegun(() => start('?how=ignore', token));
    await accounts().change('dismissed', { disabled: true });
    await vi.waitFor(
      async () => {
        const before = reads;
        await sleep(1000);
        expect(reads).toBe(before);
      },
      { timeout: 20_000 },
    );
    await accounts().change('dismissed', { disabled: false });
    const answer = await ended(place, (await logIn('dismissed')).access_token);
    expectOutcome(answer, 401);
    expect(answer.text).toContain('token-revoked');
  });

  it('commits nothing that was begun before', async () => {
    const { access_token: token, refresh_token: refresh } = await newUser('writer');
    const before = cancelled;
    const place = await untilBegun(() => start('?how=write', token));
    await logOut(refresh);
    await expect.poll(() => cancelled, { timeout: 20_000 }).toBe(before + 1);
    letGo();
    expectOutcome(await ended(place, (await logIn('writer')).access_token), 401);
    await sleep(500);
    expect((await server.call('GET', 'Patient?family=Late', { token: all })).body.entry ?? []).toEqual([]);
  });

  it('who logs out before it begins does not begin it', async () => {
    const { access_token: token, refresh_token: refresh } = await newUser('early');
    const jobs = server.app.get(Jobs);
    const look = vi.spyOn(jobs as unknown as { look: () => void }, 'look').mockReturnValue(undefined);
    const place = statusOf(await start('?how=wait', token));
    await logOut(refresh);
    const before = begun;
    look.mockRestore();
    expectOutcome(await ended(place, (await logIn('early')).access_token), 401);
    expect(begun).toBe(before);
  });
});

describe('a job', () => {
  it('is taken over by another server, and the one that lost it stores nothing', async () => {
    const session = server.app.get(SqlSession);
    const job = { id: 'lost', kind: 'test', caller: 'me', request: '{}' };
    expect(await addJob(session, job, { perCaller: 1, perServer: 9 })).toBe(true);
    expect(await addJob(session, { ...job, id: 'more' }, { perCaller: 1, perServer: 9 })).toBe(false);
    const first = (await takeJob(session, ['test']))!;
    expect(await takeJob(session, ['test'])).toBeUndefined();
    await session.count({
      text: `UPDATE job SET lease = now() - interval '1 s' WHERE tenant = 1 AND id = 'lost'`,
      values: [],
    });
    const second = (await takeJob(session, ['test']))!;
    expect([second.id, second.fence]).toEqual(['lost', first.fence + 1]);
    expect(await holdJob(session, first, '')).toBe(false);
    expect(await finishJob(session, first, { status: 200, answer: '"first"' })).toBe(false);
    expect(await finishJob(session, second, { status: 200, answer: '"second"' })).toBe(true);
    const [row] = await session.rows<{ answer: string }>({
      text: `SELECT answer FROM job WHERE tenant = 1 AND id = 'lost'`,
      values: [],
    });
    expect(row!.answer).toBe('"second"');
  });
});
