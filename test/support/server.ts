import type { DynamicModule } from '@nestjs/common';
import { inject } from 'vitest';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { Passwords } from '../../src/auth/login/password.js';
import { IndexWorker } from '../../src/fhir/storage/indexing/index-worker.js';
import { startTestServer, type TestServer } from '../../src/testing/server.js';
import { littleWork } from './cheap-passwords.js';
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
  const settings = { LOGIN: 'on', ...onSeveralNodes(), ...variables };
  const server = await startTestServer({ features, settings, database, http: false });
  if (!given) settleIndex(server, 'at once');
  if (variables['EMBEDDED_ISSUER'] !== 'off') await ensureAdmin(server);
  return server;
}

/**
 * When index jobs begin that replace what searches go by: `at once` where no other server works on the database, or when servers
 * beside have heard of it.
 */
export function settleIndex({ app }: Pick<TestServer, 'app'>, when: 'at once' | 'after others'): void {
  Object.assign(app.get(IndexWorker), { settlingMs: when === 'at once' ? 0 : 5_500 });
}

/** Suites of the product that run on Citus read at the nodes that hold their tenants. */
const onSeveralNodes = () => (inject('postgres').nodes ? { DATABASE_NODES: 'holders' } : {});

async function ensureAdmin({ app }: TestServer): Promise<void> {
  Object.assign(app.get(Passwords), { cost: littleWork });
  await app.get(LocalAccounts).ensureAdmin('admin', adminPassword);
}
