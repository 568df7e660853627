// Failed logins are counted and slowed down.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { LoginThrottle } from '../../src/auth/login/login-throttle.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { aUser, basic, accountPassword, startLocalAuth, type LocalAuthServer } from '../support/local-auth.js';

let database: FreshDatabase;
let server: LocalAuthServer;
let throttle: LoginThrottle;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startLocalAuth(database);
  throttle = server.get(LoginThrottle);
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

async function fail(user: string, address: string, times: number): Promise<void> {
  for (let failure = 0; failure < times; failure++) await throttle.failed(user, address);
}

const anAddress = (): string => `address-${crypto.randomUUID()}`;
const aName = (): string => `name-${crypto.randomUUID()}`;

describe('a user from an address', () => {
  it('is refused with 429 and Retry-After after ten failures, also with the right password and without work', async () => {
    const user = await aUser(server);
    await fail(user, '127.0.0.1', 9);
    expect((await server.post('/fhir/r4/login', undefined, basic(user, 'wrong'))).status).toBe(401);
    const before = server.passwords.checks;
    const answer = await server.post('/fhir/r4/login', undefined, basic(user, accountPassword));
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(890);
    expect(answer.body).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: expect.stringMatching(/^too-many-attempts: .*Wait \d+ s/),
    });
    expect(server.passwords.checks).toBe(before);
  });

  it('starts from nothing after a success', async () => {
    const user = await aUser(server);
    const address = anAddress();
    await fail(user, address, 9);
    await server.get(LocalAccounts).verify(user, accountPassword, address);
    await fail(user, address, 9);
    await expect(throttle.check(user, address)).resolves.toBeUndefined();
  });

  it('starts from nothing when the window has passed', async () => {
    const [user, address] = [aName(), anAddress()];
    await fail(user, address, 10);
    await expect(throttle.check(user, address)).rejects.toMatchObject({ status: 429 });
    await server.dataSource.query(`UPDATE login_throttle SET expires_at = expires_at - interval '15 minutes'`);
    await expect(throttle.check(user, address)).resolves.toBeUndefined();
    await fail(user, address, 1);
    await expect(throttle.check(user, address)).resolves.toBeUndefined();
  });

  it('is counted by all servers of the database together', async () => {
    const other = await startLocalAuth(database);
    try {
      const [user, address] = [aName(), anAddress()];
      await fail(user, address, 10);
      await expect(other.get(LoginThrottle).check(user, address)).rejects.toMatchObject({ status: 429 });
    } finally {
      await other.close();
    }
  });

  it('loses no failure when many come at once', async () => {
    const [user, address] = [aName(), anAddress()];
    await Promise.all(Array.from({ length: 20 }, () => throttle.failed(user, address)));
    const counts = await server.dataSource.query<{ failures: number }[]>(
      'SELECT failures FROM login_throttle ORDER BY 1 DESC LIMIT 3',
    );
    expect(counts.map(({ failures }) => failures)).toEqual([20, 20, 20]);
  });

  it('gets few guesses through when many are sent at once', async () => {
    const user = await aUser(server);
    const address = anAddress();
    const accounts = server.get(LocalAccounts);
    const before = server.passwords.checks;
    await Promise.allSettled(Array.from({ length: 30 }, () => accounts.verify(user, 'wrong', address)));
    expect(server.passwords.checks - before).toBeLessThanOrEqual(11);
  });
});

describe('an address', () => {
  it('is refused after fifty failures, whatever the names', async () => {
    const address = anAddress();
    for (let failure = 0; failure < 50; failure++) await throttle.failed(aName(), address);
    await expect(throttle.check(aName(), address)).rejects.toMatchObject({ status: 429 });
    await expect(throttle.check(aName(), anAddress())).resolves.toBeUndefined();
  });

  it('keeps its count when a guesser logs in with an account of his own', async () => {
    const own = await aUser(server);
    const address = anAddress();
    for (let failure = 0; failure < 49; failure++) await throttle.failed(aName(), address);
    await server.get(LocalAccounts).verify(own, accountPassword, address);
    await throttle.failed(aName(), address);
    await expect(throttle.check(aName(), address)).rejects.toMatchObject({ status: 429 });
  });
});

describe('a user under attack from everywhere', () => {
  it('still logs in from an address that has not failed, while each address has three guesses', async () => {
    const user = await aUser(server);
    for (let attacker = 0; attacker < 100; attacker++) await throttle.failed(user, anAddress());
    const attacker = anAddress();
    await fail(user, attacker, 2);
    await expect(throttle.check(user, attacker)).resolves.toBeUndefined();
    await fail(user, attacker, 1);
    await expect(throttle.check(user, attacker)).rejects.toMatchObject({ status: 429 });
    await expect(server.get(LocalAccounts).verify(user, accountPassword, anAddress())).resolves.toMatchObject({
      name: user,
    });
  });
});
