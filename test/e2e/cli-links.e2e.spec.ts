import { afterAll, beforeAll, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** "lanyard user link": whom users of a login provider are, before their first login. */
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const provider = { id: 'corp', name: 'Corporate login', issuer: 'https://idp.example', clientId: 'fhir' };
const run = (...args: readonly string[]) =>
  lanyard({ DATABASE_URL: database.url, LOGIN: 'on', LOGIN_PROVIDERS: JSON.stringify([provider]) }, ['user', ...args]);

const which = ['--provider', 'corp', '--subject', 'sub-1'];

it('links a user, and shows it', async () => {
  expect((await run('add', 'dr-jane', '--grants', 'user/*.rs')).exitCode).toBe(0);
  const linked = await run('link', 'dr-jane', ...which);
  expect(linked.exitCode, linked.remarks).toBe(0);
  const listed = await run('links', 'dr-jane', '--json');
  expect(JSON.parse(listed.output)).toEqual([{ issuer: provider.issuer, subject: 'sub-1', managed: false }]);
});

it('links nobody a second time, and only to a provider that is there', async () => {
  await run('add', 'dr-joe', '--grants', 'user/*.rs');
  const twice = await run('link', 'dr-joe', ...which);
  expect(twice.exitCode).not.toBe(0);
  expect(twice.remarks).toContain('is linked to dr-jane already');
  expect((await run('link', 'dr-joe', '--provider', 'x', '--subject', 's')).remarks).toContain('there is: corp');
});

it('unlinks', async () => {
  expect((await run('unlink', ...which)).remarks).toContain('nobody here any more');
  expect((await run('links', 'dr-jane')).output).toContain('linked to nobody');
});
