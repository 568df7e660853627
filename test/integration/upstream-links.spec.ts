import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { entities } from '../../src/app/start/schema.js';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { UpstreamLinks } from '../../src/oauth2/login-providers/upstream-links.js';
import { UpstreamIdentityEntity } from '../../src/oauth2/storage/entities/upstream-identity.entity.js';
import { UpstreamIdentityRepository } from '../../src/oauth2/storage/upstream-identity.repository.js';
import { fhirBase, startLocalAuth, type LocalAuthServer } from '../support/local-auth.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

/** The link between a user of a login provider and a user here, when it is undone. */
let database: FreshDatabase;
let dataSource: DataSource;
let local: LocalAuthServer;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, [], entities);
  await dataSource.initialize();
  local = await startLocalAuth(database);
});
afterAll(async () => {
  await local.close();
  await dataSource.destroy();
  await database.drop();
});

const password = 'Kestrel-over-46-fields';

it('ends with the link what the user is logged in to, and nothing of others', async () => {
  const provider = { id: 'corp', name: 'Corporate login', issuer: 'https://idp.example', clientId: 'fhir' };
  const { loginProviders, issuer } = new AppConfig({ LOGIN_PROVIDERS: JSON.stringify([provider]) });
  const identities = new UpstreamIdentityRepository(dataSource.getRepository(UpstreamIdentityEntity));
  const options = { issuer, fhirBase, providers: loginProviders };
  const links = new UpstreamLinks(identities, local.get(LocalAccounts), options);
  const linked = { account: 'linked', provider: 'corp', subject: 'sub-1' };
  const logIn = async (user: string) => {
    await local.get(LocalAccounts).create({ name: user, password, grants: 'user/Patient.r' });
    return (await local.post('/fhir/r4/login', { user, password })).body;
  };
  const [session, another] = [await logIn('linked'), await logIn('beside')];
  await links.link(linked);
  await links.link({ ...linked, account: 'beside', subject: 'sub-2' });
  expect(await links.unlink(linked)).toBe(true);
  const refresh = (token: unknown) => local.post('/fhir/r4/refresh', { refresh_token: token });
  expect(await refresh(session['refresh_token'])).toMatchObject({ status: 401 });
  expect(await refresh(another['refresh_token'])).toMatchObject({ status: 200 });
});
