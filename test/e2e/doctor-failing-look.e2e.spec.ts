// A database that answers is not out of reach: the doctor tells which statement of its look failed, and why
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runDoctor } from '../../src/app/doctor/run-doctor.js';
import { AppConfig } from '../../src/config/app-config.js';
import { type DoctorResult, inWords } from '../../src/doctor/doctor-result.js';
import { de } from '../../src/doctor/words/de.js';
import { rowsOf } from '../support/connection.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server.close());

const query = (statement: string) => rowsOf(server.database.connection, statement);
async function ofDatabase(url: string): Promise<readonly DoctorResult[]> {
  const findings = await runDoctor(new AppConfig({ DATABASE_URL: url, PUBLIC_URL: 'http://127.0.0.1:1' }));
  return findings.filter(({ group }) => group === 'database');
}

it('a table that is not there is named, in each language', async () => {
  await query('alter table package rename to package_away');
  const findings = await ofDatabase(server.database.url);
  await query('alter table package_away rename to package');
  expect(findings).toMatchObject([{ check: 'look', status: 'failed', key: 'database.look-failed' }]);
  const reason = 'relation "package" does not exist';
  expect(findings[0]!.fact).toMatch(new RegExp(`^A statement of this look failed at the database .*: ${reason}\\.$`));
  expect(inWords(findings[0]!, de).fact).toContain(
    `antwortet, aber eine Anweisung dieser Prüfung ist gescheitert: ${reason}`,
  );
});

it('a table that is closed to the role is named, and no password', async () => {
  const role = `blind_${Date.now()}`;
  await query(`create role ${role} login password 's3cret'; grant select on all tables in schema public to ${role}`);
  await query(`revoke select on package from ${role}`);
  const url = new URL(server.database.url.replace('@/', '@localhost/'));
  [url.username, url.password] = [role, 's3cret'];
  const findings = await ofDatabase(url.href.replace('@localhost/', '@/'));
  await query(`drop owned by ${role}; drop role ${role}`);
  expect(findings).toMatchObject([{ check: 'look', status: 'failed', key: 'database.look-forbidden' }]);
  expect(findings[0]!.fact).toContain('permission denied for table package');
  expect(JSON.stringify(findings)).not.toContain('s3cret');
});
