// What a tenant may use (docs/adr/0079): beyond it, 429 or 507 with the name of the limit and who can change it, on every way to write
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantLimits } from '../../src/database/tenants/tenant-limits.js';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { KnownLimits } from '../support/known-limits.js';
import {
  request,
  startTenants,
  type TenantAnswer,
  type TenantsServer,
  type TestTenant,
  until,
} from '../support/tenants.js';

let server: TenantsServer;
let north: TestTenant;
let token: string;
let known: KnownLimits;
beforeAll(async () => {
  known = new KnownLimits();
  server = await startTenants({ EXPORT_FOR_USERS: 'on' });
  north = await server.create('north');
  token = (await north.logIn()).access_token;
});
afterAll(async () => {
  known.stop();
  await server.close();
});

const patient = (id: string, family = 'x') => ({ resourceType: 'Patient', id, name: [{ family }] });
const call = (method: string, path: string, body?: object, headers = {}) =>
  north.call(method, path, { token, headers, ...(body && { body }) });
const change = (limits: object) =>
  server.own.call('PATCH', '/admin/tenants/north', { token: server.operator, body: { limits } });
const shown = async () => (await server.own.call('GET', '/admin/tenants/north', { token: server.operator })).body;
const diagnosticsOf = ({ body }: TenantAnswer): string => body.issue[0].diagnostics as string;

/** Sets the limit to what is stored now and something more, and waits until the tenant's server knows it. */
async function allowMore(more: { readonly resources?: number; readonly bytes?: number }): Promise<void> {
  await changeKnown({ resources: 1_000_000, bytes: 1_000_000_000 });
  const { usage } = await shown();
  const limits = await changeKnown({
    resources: more.resources === undefined ? null : usage.resources + more.resources,
    bytes: more.bytes === undefined ? null : usage.bytes + more.bytes,
  });
  expect(Object.keys(limits)).toEqual(Object.keys(more));
}

/** Changes limits, and waits until the tenant's server knows them. */
async function changeKnown(limits: object): Promise<TenantLimits> {
  const { body } = await change(limits);
  await known.are(body.limits, 'north');
  return body.limits as TenantLimits;
}

/** Below the address of the tenant. */
const statusOf = ({ headers }: TenantAnswer): string => headers.get('content-location')!.slice(north.url.length);

const isFull = (answer: TenantAnswer, name: string) => {
  expect(answer.status, answer.text).toBe(507);
  expect(answer.body.issue[0].code).toBe('no-store');
  expect(diagnosticsOf(answer)).toContain(`The limit "${name}" of this server is reached`);
  expect(diagnosticsOf(answer)).toContain('operator');
};

describe('a limit of resources', () => {
  it('is known to the server of its tenant', async () => {
    await expect(allowMore({ resources: 3 })).resolves.toBeUndefined();
  });

  it('refuses each way to make one more, and stores nothing of it', async () => {
    expect((await call('POST', 'Patient', patient('1'))).status).toBe(201);
    expect((await call('PUT', 'Patient/p1', patient('p1'))).status).toBe(201);
    const entry = (id: string) => ({ resource: patient(id), request: { method: 'PUT', url: `Patient/${id}` } });
    const two = { resourceType: 'Bundle', type: 'transaction', entry: [entry('p2'), entry('p3')] };
    isFull(await call('POST', '', two), 'resources');
    expect((await call('GET', 'Patient/p2')).status).toBe(404);
    // What was refused holds no room.
    expect((await call('PUT', 'Patient/p4', patient('p4'))).status).toBe(201);
    isFull(await call('POST', 'Patient', patient('1')), 'resources');
    isFull(await call('PUT', 'Patient/p5', patient('p5')), 'resources');
    isFull(await call('PUT', 'Patient?_id=p9', patient('p9')), 'resources');
    isFull(await call('POST', 'Patient', patient('1'), { 'if-none-exist': 'family=nobody' }), 'resources');
    isFull(await call('POST', 'Patient', patient('1'), { 'idempotency-key': '"key-1"' }), 'resources');
    isFull(
      await call('POST', 'Binary', { resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' }),
      'resources',
    );
    const batch = await call('POST', '', { ...two, type: 'batch', entry: [entry('p6'), entry('p1')] });
    expect(
      batch.body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3)),
    ).toEqual(['507', '200']);
    expect((await call('GET', 'Patient?_summary=count')).body.total).toBe(3);
  });

  it('lets versions be made, and a deletion makes room', async () => {
    expect((await call('PUT', 'Patient/p1', patient('p1', 'other'))).status).toBe(200);
    expect((await call('DELETE', 'Patient/p4')).status).toBeLessThan(300);
    expect((await call('DELETE', 'Patient/p4')).status).toBeLessThan(300);
    expect((await call('PUT', 'Patient/p5', patient('p5'))).status).toBe(201);
    isFull(await call('PUT', 'Patient/p4', patient('p4')), 'resources');
  });

  it('of one tenant is not that of another', async () => {
    const put = await server.own.call('PUT', 'Patient/p1', { token: server.operator, body: patient('p1') });
    expect(put.status).not.toBe(507);
  });

  it('holds among many at once', async () => {
    await call('DELETE', 'Patient/p5');
    const many = await Promise.all(Array.from({ length: 12 }, () => call('POST', 'Patient', patient('1'))));
    expect(many.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(many.filter(({ status }) => status === 507)).toHaveLength(11);
  });
});

describe('a limit of bytes', () => {
  beforeAll(() => allowMore({ bytes: 3_000_000 }), 30_000);

  it('counts versions and contents of Binaries, while they arrive too', async () => {
    const post = (bytes: number) =>
      request('POST', `${north.fhirBase}/Binary`, {
        headers: { 'content-type': 'application/pdf', authorization: `Bearer ${token}` },
        body: Buffer.alloc(bytes, 'x'),
      });
    expect((await post(2_000_000)).status).toBe(201);
    isFull(await post(2_000_000), 'bytes');
    const contents = await rowsOf<{ bytes: number }>(
      server.database.connection,
      'SELECT sum(octet_length(bytes))::int AS bytes FROM binary_content',
    );
    expect(contents[0]!.bytes).toBe(2_000_000);
    const big = 'y'.repeat(400_000);
    const statuses: number[] = [];
    for (let version = 0; version < 4; version++)
      statuses.push((await call('PUT', 'Patient/p1', patient('p1', big + version))).status);
    expect(statuses).toEqual([200, 200, 507, 507]);
    isFull(
      await call('PATCH', 'Patient/p1', [{ op: 'add', path: '/name/0/text', value: big }], {
        'content-type': 'application/json-patch+json',
      }),
      'bytes',
    );
    // What is small still fits, and reads and deletions go on.
    expect((await call('PUT', 'Patient/p1', patient('p1', 'small'))).status).toBe(200);
    expect((await call('GET', 'Patient/p1')).status).toBe(200);
  });

  const expectCounted = async () => {
    await known.are((await shown()).limits, 'north');
    const [counted] = await rowsOf<{ resources: number; bytes: number }>(
      server.database.connection,
      `SELECT (SELECT count(*)::int FROM resource WHERE tenant = 2 AND type <> 'AuditEvent' AND NOT deleted) AS resources,
        ((SELECT sum(octet_length(body)) FROM resource WHERE tenant = 2 AND type <> 'AuditEvent')
          + (SELECT coalesce(sum(octet_length(body)), 0) FROM resource_history WHERE tenant = 2)
          + (SELECT coalesce(sum(size), 0) FROM binary_version WHERE tenant = 2))::float8 AS bytes`,
    );
    expect((await shown()).usage).toEqual(counted);
  };

  it('and what is stored is what a count of all rows says', async () => expectCounted());

  it('has room again for what was erased, with its versions and contents', async () => {
    const found = await call('GET', 'Binary?_elements=id');
    const none = { resourceType: 'Parameters' };
    for (const { resource } of found.body.entry)
      expect((await call('POST', `Binary/${resource.id}/$purge`, none)).status).toBe(200);
    expect((await call('POST', 'Patient/p1/$purge', none)).status).toBe(200);
    await expectCounted();
  });
});

describe('a tenant that was there before its use was counted', () => {
  it('is counted once it has a limit', async () => {
    await server.own.call('PUT', 'Patient/p1', { token: server.operator, body: patient('p1') });
    const own = async () => (await server.own.call('GET', '/admin/tenants/default', { token: server.operator })).body;
    expect((await own()).usage).toBeUndefined();
    const body = { limits: { resources: 1_000_000 } };
    await server.own.call('PATCH', '/admin/tenants/default', { token: server.operator, body });
    await until(async () => (await own()).usage !== undefined);
    const [counted] = await rowsOf<{ resources: number }>(
      server.database.connection,
      `SELECT count(*)::int AS resources FROM resource WHERE tenant = 1 AND type <> 'AuditEvent' AND NOT deleted`,
    );
    expect((await own()).usage.resources).toBe(counted!.resources);
  });
});

describe('a limit of requests', () => {
  it('answers 429 before anything else, and each tenant has its own', async () => {
    await change({ requests: 5, bytes: null });
    let refused: TenantAnswer | undefined;
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => north.call('GET', 'metadata')));
      refused = answers.find(({ status }) => status === 429);
      return refused !== undefined;
    });
    expect(diagnosticsOf(refused!)).toContain('The limit "requests" of this server is reached');
    expect(refused!.headers.get('retry-after')).toBe('1');
    const others = await Promise.all(Array.from({ length: 12 }, () => server.own.call('GET', 'metadata')));
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    await change({ requests: null });
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => north.call('GET', 'metadata')));
      return answers.every(({ status }) => status === 200);
    });
  });
});

describe('a limit of jobs', () => {
  it('refuses the next one with 429, of each kind, until one has ended', async () => {
    await change({ jobs: 1 });
    const waiting = `INSERT INTO job (tenant, id, kind, caller, request) VALUES (2, 'waits', 'nothing-does-it', 'x', '{}')`;
    await rowsOf(server.database.connection, waiting);
    const later = { prefer: 'respond-async' };
    let refused: TenantAnswer | undefined;
    await until(async () => {
      const answer = await call('GET', '$export', undefined, later);
      if (answer.status === 202) await north.call('DELETE', statusOf(answer), { token });
      refused = answer.status === 429 ? answer : undefined;
      return refused !== undefined;
    });
    expect(refused!.body.issue[0].code).toBe('throttled');
    expect(diagnosticsOf(refused!)).toContain('The limit "jobs" of this server is reached: no more than 1 jobs');
    expect(diagnosticsOf(refused!)).toContain('operator');
    expect(refused!.headers.get('retry-after')).toBe('5');
    const purge = await call('POST', 'Patient/p1/$purge', { resourceType: 'Parameters' }, later);
    expect([purge.status, diagnosticsOf(purge)]).toEqual([429, expect.stringContaining('"jobs"')]);
    // Of one tenant alone.
    const other = await server.own.call('GET', '$export', { token: server.operator, headers: later });
    expect(other.status).not.toBe(429);
    await rowsOf(server.database.connection, `UPDATE job SET tenant = 1 WHERE tenant = 2 AND id = 'waits'`);
    const begun = await call('GET', '$export', undefined, later);
    expect(begun.status, begun.text).toBe(202);
    await north.call('DELETE', statusOf(begun), { token });
    await rowsOf(server.database.connection, `DELETE FROM job WHERE tenant = 1 AND id = 'waits'`);
    await change({ jobs: null });
  });
});

describe('a limit of exports', () => {
  const later = { prefer: 'respond-async' };
  const began = async (): Promise<string> => {
    const answer = await call('GET', '$export?_type=Patient', undefined, later);
    expect(answer.status, answer.text).toBe(202);
    return statusOf(answer);
  };
  const endOf = async (place: string): Promise<TenantAnswer> => {
    let answer!: TenantAnswer;
    await until(
      async () => (answer = await north.call('GET', place, { token })).status !== 202 && answer.status !== 429,
    );
    return answer;
  };
  const files = () =>
    rowsOf<{ files: number; bytes: number }>(
      server.database.connection,
      'SELECT count(*)::int AS files, coalesce(sum(size), 0)::float8 AS bytes FROM job_file WHERE tenant = 2',
    );

  it('ends an export that needs more, which leaves no file, and takes no other one while there is no room', async () => {
    await call('PUT', 'Patient/e1', patient('e1', 'z'.repeat(5000)));
    const first = await began();
    expect((await endOf(first)).status).toBe(200);
    const [{ bytes } = { bytes: 0 }] = await files();
    expect(bytes).toBeGreaterThan(5000);
    expect(await changeKnown({ exports: bytes + 1000 })).toEqual({ exports: bytes + 1000 });
    const second = await endOf(await began());
    isFull(second, 'exports');
    expect(diagnosticsOf(second)).toContain('Delete exports that were fetched');
    expect(await files()).toEqual([{ files: 1, bytes }]);
    // Versions go on, and so does the export of another tenant.
    expect((await call('PUT', 'Patient/e1', patient('e1'))).status).toBe(200);
    await changeKnown({ exports: bytes });
    isFull(await call('GET', '$export?_type=Patient', undefined, later), 'exports');
    const other = await server.own.call('GET', '$export?_type=Patient', { token: server.operator, headers: later });
    expect(other.status).not.toBe(507);
    expect((await north.call('DELETE', first, { token })).status).toBe(202);
    // Files of another tenant take no room.
    for (const statement of [
      `INSERT INTO job (tenant, id, kind, caller, request, state, finished) VALUES (1, 'ended', 'x', 'x', '', 'done', now())`,
      `INSERT INTO job_file (tenant, job, file, kind, type, fingerprint, resources, size, content_id)
       VALUES (1, 'ended', 1, 'output', 'Patient', 'x', 1, 1000000000, gen_random_uuid())`,
    ])
      await rowsOf(server.database.connection, statement);
    const third = await began();
    expect((await endOf(third)).status).toBe(200);
    await north.call('DELETE', third, { token });
    await change({ exports: null });
  }, 60_000);
});

describe('lanyard tenant limits', () => {
  const run = (...args: string[]) =>
    lanyard({ DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' }, [
      'tenant',
      'limits',
      ...args,
    ]);

  it('sets, shows and takes away limits', async () => {
    const set = await run('north', '--set', 'bytes=50G', '--set', 'requests=200', '--set', 'jobs=off');
    expect([set.exitCode, set.remarks]).toEqual([0, expect.stringContaining('requests 200, bytes 50000000000')]);
    expect((await run('north')).output).toContain('limit of bytes: 50000000000');
    await run('north', '--set', 'bytes=off', '--set', 'requests=off');
    expect((await shown()).limits).toEqual({});
  });

  it.each([
    [['north', '--set', 'byte=1'], 2, '"byte=1" sets no limit. Limits are requests, resources, bytes, jobs, exports.'],
    [['north', '--set', 'bytes=-1'], 2, 'sets no limit'],
    [['north', '--set', 'bytes=0'], 2, 'bytes: must be from 1'],
    [['nowhere', '--set', 'bytes=1'], 1, 'There is no tenant "nowhere"'],
  ])('%j: says what is wrong', async (args, exitCode, words) => {
    const result = await run(...args);
    expect([result.exitCode, result.remarks]).toEqual([exitCode, expect.stringContaining(words)]);
  });

  it.each([
    [{ limits: { byte: 1 } }, '"byte" is not read'],
    [{ limits: { bytes: 0 } }, '"limits.bytes" is missing, or not what it has to be'],
    [{ limits: { bytes: 'many' } }, '"limits.bytes" is missing, or not what it has to be'],
    [{ state: 'erased' }, '"state" is missing, or not what it has to be'],
    [{}, 'It says nothing'],
  ])('over HTTP, %j is a 400 that says what to send', async (body, fault) => {
    const answer = await server.own.call('PATCH', '/admin/tenants/north', { token: server.operator, body });
    const example = '{"state":"suspended"} or {"limits":{"bytes":50000000000,"jobs":null}}';
    expect([answer.status, answer.body.error_description]).toEqual([400, `${fault}. Send ${example}.`]);
  });

  it.each([
    [{ name: 'west', pasword: 'of-eight-characters' }, '"pasword" is not read'],
    [{ name: 'west', password: 'short' }, '"password" is missing, or not what it has to be'],
    [{ administrator: 'root' }, '"name" is missing, or not what it has to be'],
  ])('over HTTP, %j makes no tenant, and the answer says why', async (body, fault) => {
    const answer = await server.own.call('POST', '/admin/tenants', { token: server.operator, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error_description).toMatch(new RegExp(`^${fault}. Send \\{"name":.* 8 characters`));
    expect((await server.own.call('GET', '/admin/tenants/west', { token: server.operator })).status).toBe(404);
  });
});

describe('the list of tenants', () => {
  it('comes in pages', async () => {
    await server.create('aaa');
    const names: string[] = [];
    const page = (query: string) => server.own.call('GET', `/admin/tenants?${query}`, { token: server.operator });
    let after = '';
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await page(`count=1&after=${after}`);
      expect(body.tenants).toHaveLength(1);
      names.push(body.tenants[0].name as string);
      if (body.next === undefined) break;
      after = body.next as string;
    }
    expect(names).toEqual(['aaa', 'default', 'north']);
    expect((await page('count=0')).status).toBe(400);
  });
});
