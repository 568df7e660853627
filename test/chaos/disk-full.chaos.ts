// Issue 7: disk full on the database
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { OwnPostgres } from './own-postgres.js';
import { report } from './report.js';

const folder = mkdtempSync(join(tmpdir(), 'lanyard-disk-'));
const disk = join(folder, 'disk');

/** A disk of 64 MB; only root can make one. */
function mountSmallDisk(): boolean {
  try {
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMounted = mountSmallDisk();
if (!isMounted) report('disk full', 'skipped: a small disk cannot be mounted here');

describe.skipIf(!isMounted)('when the disk of the tables is full', () => {
  let postgres: OwnPostgres;
  let server: ServerProcess;
  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    const { host = '' } = postgres.connection;
    const { uid, gid } = statSync(`${host}/.s.PGSQL.5432`);
    execFileSync('chmod', ['711', folder]);
    chownSync(disk, uid, gid);
    // The log of changes stays on another disk, as in production: without it PostgreSQL itself stops.
    await postgres.sql(`CREATE TABLESPACE small LOCATION '${disk}'`);
    await postgres.sql('CREATE DATABASE small TEMPLATE lanyard TABLESPACE small', {
      ...postgres.connection,
      database: 'postgres',
    });
    server = await ServerProcess.start({ url: postgres.url.replace('/lanyard?', '/small?') }, { LOG_LEVEL: 'warn' });
  });
  afterAll(async () => {
    await server?.kill();
    await postgres?.stop();
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes are refused with the reason, reads go on, and writes too once there is room', async () => {
    const { access } = await server.logIn();
    const call = callAs(server.base, access);
    expect((await call('PUT', 'Patient/kept', { ...aPatient(), id: 'kept' })).status).toBe(201);
    // Text that PostgreSQL cannot compress.
    const large = () => ({
      resourceType: 'Binary',
      contentType: 'application/octet-stream',
      data: Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64'),
    });
    const written: string[] = [];
    let refused = await call('POST', 'Binary', large());
    for (let i = 0; i < 2_000 && refused.status === 201; i++) {
      written.push(String(refused.body.id));
      refused = await call('POST', 'Binary', large());
    }
    expect(written.length).toBeGreaterThan(10);
    expect([503, 507]).toContain(refused.status);
    expect(JSON.stringify(refused.body)).toMatch(/disk|space/i);
    expect(JSON.stringify(refused.body)).not.toMatch(/could not extend|base\/\d/);
    expect((await call('GET', 'Patient/kept')).status).toBe(200);
    expect((await call('GET', 'Patient?_id=kept')).body.entry).toHaveLength(1);
    expect((await fetch(new URL('/health/live', server.base))).status).toBe(200);
    // Small records find room for a while; once they do not, what happened stands in the log.
    const isTold = (): boolean => server.said.includes('audit record that could not be stored');
    for (let i = 0; i < 1_000 && !isTold(); i++) {
      const answers = await Promise.all(Array.from({ length: 16 }, () => call('GET', 'Patient/kept')));
      expect(answers.filter(({ status }) => status !== 200).map(({ status, body }) => [status, body])).toEqual([]);
    }
    expect(isTold()).toBe(true);
    const asFhir = { accept: 'application/fhir+json' };
    for (const id of written.slice(-3)) {
      expect((await call('GET', `Binary/${id}`, undefined, asFhir)).status).toBe(200);
    }
    execFileSync('mount', ['-o', 'remount,size=256m', disk]);
    expect((await call('POST', 'Binary', large())).status).toBe(201);
    report('disk full', `${written.length} writes, then ${refused.status} with the reason; reads went on; 0 lost`);
  });
});
