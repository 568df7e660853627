import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import { entities, migrations } from '../../src/app/start/schema.js';
import { generatePassword, Passwords } from '../../src/auth/login/password.js';
import { FormerAdministratorRepository } from '../../src/auth/storage/former-administrator.repository.js';
import { createDataSource } from '../../src/database/data-source.js';
import { judgeAdministration } from '../../src/doctor/checks/administration.js';
import { lanyard } from '../support/command-line.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { processPassword, ServerProcess } from '../support/server-process.js';

/** From 0.1.0, where `user/*.cruds` made an administrator (docs/adr/0037). */
const released = JSON.parse(readFileSync(new URL('../upgrade/previous-release.json', import.meta.url), 'utf8')) as {
  readonly migrations: readonly string[];
};

interface OldAccount {
  readonly name: string;
  readonly grants?: string;
  readonly fhirUser?: string;
  readonly disabled?: true;
  readonly password?: string;
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** A database as 0.1.0 leaves it, with these accounts from the oldest to the newest. */
async function oldDatabase(accounts: readonly OldAccount[]): Promise<FreshDatabase> {
  const database = await freshDatabase('empty');
  open.push(database.drop);
  const old = migrations.filter(({ name }) => released.migrations.includes(name));
  expect(old.map(({ name }) => name).toSorted()).toEqual(released.migrations.toSorted());
  const dataSource = await connect(database, old);
  await dataSource.runMigrations();
  for (const [at, { name, grants = 'user/*.cruds', fhirUser, disabled, password }] of accounts.entries())
    await dataSource.query(
      `INSERT INTO user_account (tenant, id, name, password_hash, fhir_user, grants, created_at, disabled_at)
       VALUES (1, $1, $2, $3, $4, $5, now() - make_interval(days => $6), $7)`,
      [
        uuidv7(),
        name,
        await new Passwords().hash(password ?? generatePassword()),
        fhirUser ?? null,
        grants,
        100 - at,
        disabled ? new Date() : null,
      ],
    );
  return database;
}

async function connect(database: FreshDatabase, wanted = migrations): Promise<DataSource> {
  const dataSource = createDataSource(database.connection, wanted, entities);
  await dataSource.initialize();
  open.push(() => dataSource.destroy());
  return dataSource;
}

const grantsIn = async (dataSource: DataSource): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await dataSource.query<{ name: string; grants: string }[]>('SELECT name, grants FROM user_account')).map(
      ({ name, grants }) => [name, grants],
    ),
  );

describe('who administers after an upgrade', () => {
  it.each<[string, readonly OldAccount[], string | undefined, readonly string[]]>([
    ['the user of ADMIN_USER', [{ name: 'older' }, { name: 'admin' }], 'admin', ['older']],
    [
      'the oldest, where that user did not administer',
      [{ name: 'a' }, { name: 'b' }, { name: 'admin', grants: 'user/*.rs' }],
      'a',
      ['b'],
    ],
    ['one who may log in', [{ name: 'admin', disabled: true }, { name: 'b' }], 'b', ['admin']],
    [
      'one who is linked to no patient',
      [
        { name: 'admin', fhirUser: 'Patient/p1' },
        { name: 'b', fhirUser: 'Practitioner/b' },
      ],
      'b',
      ['admin'],
    ],
    ['one with words of v1', [{ name: 'x', grants: 'user/Patient.rs user/*.*' }], 'x', []],
    [
      'nobody, where nobody did',
      [{ name: 'admin', grants: 'user/*.rs user/*.cruds?code=x system/*.cruds' }],
      undefined,
      [],
    ],
    ['nobody, where there are no users', [], undefined, []],
  ])('is %s, once', async (_who, accounts, kept, others) => {
    const dataSource = await connect(await oldDatabase(accounts));
    await dataSource.runMigrations();
    const repository = new FormerAdministratorRepository(dataSource);
    const decisions = await Promise.all([repository.decide('admin'), repository.decide('admin')]);
    expect(decisions.filter((one) => one !== undefined)).toEqual(kept === undefined ? [] : [{ kept, others }]);
    expect(await repository.decide('somebody-else')).toBeUndefined();
    const after = await grantsIn(dataSource);
    for (const { name, grants = 'user/*.cruds' } of accounts)
      expect(after[name]).toBe(name === kept ? `${grants} admin/*.cruds` : grants);
  });

  it('is told by the start and by the doctor, with the command that gives it back', async () => {
    const database = await oldDatabase([
      { name: 'admin', password: processPassword },
      { name: 'dr-jane', fhirUser: 'Practitioner/jane' },
      { name: 'gone', disabled: true },
      { name: 'reader', grants: 'user/*.rs' },
    ]);
    const server = await ServerProcess.start(database);
    open.push(() => server.kill());
    expect(server.said).toContain('"admin" keeps it, and has to log in again');
    expect(server.said).toContain(
      'do not any more: dr-jane, gone. Who is to go on: lanyard user set NAME --administrator',
    );
    const { access } = await server.logIn();
    const users = await fetch(`${server.origin}/oauth2/users/dr-jane`, {
      headers: { authorization: `Bearer ${access}` },
    });
    expect(users.status).toBe(200);
    const variables = { DATABASE_URL: database.url };
    const doctor = await lanyard(variables, ['doctor', '--json']);
    expect(doctor.output).toContain('administered by user/*.cruds in 0.1.0, and do not any more: dr-jane.');
    expect(doctor.output).toContain('lanyard user set NAME --administrator');
    expect(await lanyard(variables, ['user', 'set', 'dr-jane', '--administrator'])).toMatchObject({ exitCode: 0 });
    expect(await grantsIn(await connect(database))).toMatchObject({
      admin: 'user/*.cruds admin/*.cruds',
      'dr-jane': 'user/*.cruds admin/*.cruds',
      reader: 'user/*.rs',
    });
    expect((await lanyard(variables, ['doctor', '--json'])).output).not.toContain('in 0.1.0');
    expect(await lanyard(variables, ['user', 'set', 'dr-jane', '--no-administrator'])).toMatchObject({ exitCode: 0 });
    expect((await grantsIn(await connect(database)))['dr-jane']).toBe('user/*.cruds');
    expect((await lanyard(variables, ['user', 'set', 'admin', '--grants', 'user/*.rs'])).exitCode).toBe(0);
    expect((await lanyard(variables, ['doctor', '--json'])).output).toContain('No account may manage users over HTTP');
  });
});

describe('the doctor', () => {
  it('names so many, and what to do', () => {
    const lost = Array.from({ length: 30 }, (_, i) => `user-${i}`);
    const findings = judgeAdministration({ managers: 1, lost });
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['managers', 'ok'],
      ['lost', 'warning'],
    ]);
    expect(findings[1]?.fact).toMatch(/user-19 and 10 more\.$/);
  });
});
