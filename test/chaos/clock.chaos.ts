// Issue 7: a clock that jumps by 10 minutes, either way
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { report } from './report.js';

const library = readdirSync('/usr/lib')
  .map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));
if (library === undefined) report('clock', 'skipped: libfaketime is not installed (Debian: libfaketime)');

describe.skipIf(library === undefined)('when the clock of the server jumps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-clock-'));
  const setClock = async (offset: string): Promise<void> => {
    writeFileSync(join(folder, 'offset'), `${offset}\n`);
    // It is read again at most once a second.
    await delay(2_500);
  };
  let database: FreshDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(join(folder, 'offset'), '+0\n');
    database = await freshDatabase();
    server = await ServerProcess.start(database, {
      LD_PRELOAD: library!,
      FAKETIME_TIMESTAMP_FILE: join(folder, 'offset'),
      FAKETIME_CACHE_DURATION: '1',
      DONT_FAKE_MONOTONIC: '1',
    });
  });
  afterAll(async () => {
    await server?.kill();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['forward', '+600'],
    ['back', '-600'],
  ])(
    '%s by 10 minutes, it explains what it refuses, keeps versions in order, and loses nothing',
    async (way, offset) => {
      const { access: before } = await server.logIn();
      // Never used before the jump, so that no cache knows it.
      const { access: unused } = await server.logIn();
      const put = (token: string, n: number) =>
        callAs(server.base, token)('PUT', `Patient/${way}`, {
          ...aPatient({ identifier: [{ value: String(n) }] }),
          id: way,
        });
      expect((await put(before, 1)).status).toBe(201);
      await setClock(offset);
      const old = await callAs(server.base, unused)('GET', `Patient/${way}`);
      const jumped = Date.parse(old.headers.get('date') ?? '') - Date.now();
      expect(Math.abs(jumped - Number(offset) * 1000)).toBeLessThan(30_000);
      expect(old.status === 200).toBe(way === 'forward');
      if (old.status !== 200) {
        // What was issued at a time that has not come yet is refused, and says so.
        expect(old.status).toBe(401);
        expect(JSON.stringify(old.body)).toContain('token-not-yet-valid');
      }
      const { access: during } = await server.logIn();
      expect((await put(during, 2)).status).toBe(200);
      await setClock('+0');
      const { access: after } = await server.logIn();
      expect((await put(after, 3)).status).toBe(200);
      const call = callAs(server.base, after);
      const { body } = await call('GET', `Patient/${way}/_history`);
      const versions = body.entry.map(
        (entry: { resource: { meta: { versionId: string }; identifier: [{ value: string }] } }) => [
          entry.resource.meta.versionId,
          entry.resource.identifier[0].value,
        ],
      );
      expect(versions).toEqual([
        ['3', '3'],
        ['2', '2'],
        ['1', '1'],
      ]);
      expect((await callAs(server.base, before)('GET', `Patient/${way}`)).status).toBe(200);
      expect((await fetch(new URL('/health/ready', server.base))).status).toBe(200);
      report(
        `clock ${way} by 10 minutes and back`,
        `token of before: ${old.status} meanwhile; 3 versions in order; 0 lost`,
      );
    },
  );
});
