import type { DynamicModule } from '@nestjs/common';
import { vi } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { Passwords } from '../../src/auth/login/password.js';
import { startTestServer, type TestServer } from '../../src/testing/server.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';

export type { Answer } from '../../src/testing/answer.js';
export type { RequestOptions as CallOptions, TestServer } from '../../src/testing/server.js';

export const base = 'http://localhost:3000/fhir/r4';
export const adminPassword = 'test-admin-password';

/** The whole application on a database of its own or the one given, with a foreign issuer it trusts, and the admin user. */
export async function startServer(
  variables: Readonly<Record<string, string>> = {},
  features: readonly DynamicModule[] = [],
  given?: FreshDatabase,
): Promise<TestServer> {
  const database = given ?? (await freshDatabase());
  const settings = { LOGIN: 'on', ...variables };
  const server = await startTestServer({ features, settings, database, http: false });
  if (variables['EMBEDDED_ISSUER'] !== 'off') await ensureAdmin(server);
  return server;
}

let adminHash: Promise<string> | undefined;

/** The work for a password is a third of the start of a server: each worker does it once. */
async function ensureAdmin({ app }: TestServer): Promise<void> {
  const passwords = app.get(Passwords);
  const hash = vi.spyOn(passwords, 'hash').mockReturnValueOnce((adminHash ??= new Passwords().hash(adminPassword)));
  await app.get(LocalAccounts).ensureAdmin('admin', adminPassword);
  hash.mockRestore();
}
