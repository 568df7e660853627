import { ConsoleLogger, Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { entities } from '../../src/app/start/schema.js';
import { LocalAccounts } from '../../src/auth/accounts/local-accounts.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { LoginProviders, type UpstreamRedirect } from '../../src/oauth2/login-providers/login-providers.js';
import { UpstreamAccounts } from '../../src/oauth2/login-providers/upstream-accounts.js';
import { UpstreamLinks } from '../../src/oauth2/login-providers/upstream-links.js';
import { en } from '../../src/oauth2/words/en.js';
import { PageRefused } from '../../src/oauth2/pages/page-refused.js';
import { LoginProviderAttemptEntity } from '../../src/oauth2/storage/entities/login-provider-attempt.entity.js';
import { UpstreamIdentityEntity } from '../../src/oauth2/storage/entities/upstream-identity.entity.js';
import { LoginProviderAttemptRepository } from '../../src/oauth2/storage/login-provider-attempt.repository.js';
import { UpstreamIdentityRepository } from '../../src/oauth2/storage/upstream-identity.repository.js';
import { newKey, signedWithSecret } from '../support/issuer.js';
import { startLocalAuth, type LocalAuthServer } from '../support/local-auth.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { UpstreamTestProvider } from '../support/upstream-provider.js';

/** Users of upstream OpenID providers: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 9700 section 4. */
const fhirBase = 'https://fhir.example/fhir/r4';
let database: FreshDatabase;
let dataSource: DataSource;
let local: LocalAuthServer;
let corp: UpstreamTestProvider;
let other: UpstreamTestProvider;
beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, [], entities);
  await dataSource.initialize();
  local = await startLocalAuth(database);
  // That server was started silently, and what is logged is looked at here.
  Logger.overrideLogger(new ConsoleLogger());
  corp = await UpstreamTestProvider.start();
  other = await UpstreamTestProvider.start();
});
afterAll(async () => {
  await corp.close();
  await other.close();
  await local.close();
  await dataSource.destroy();
  await database.drop();
});
let logged: string[] = [];
beforeEach(() => {
  logged = [];
  const keep = (line: unknown): boolean => logged.push(String(line)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
});
afterEach(() => {
  vi.restoreAllMocks();
  corp.reset();
  other.reset();
});

type Json = Readonly<Record<string, unknown>>;

/** One process: nothing is shared with another but the database. */
function replica(changes: Json = {}) {
  const provider = (id: string, upstream: UpstreamTestProvider): Json => ({
    id,
    name: `Login of ${id}`,
    issuer: upstream.url,
    clientId: upstream.clientId,
    clientSecret: upstream.clientSecret,
    createUsers: true,
    userWithoutFhirUser: 'allow',
    grantMap: { doctors: 'user/*.cruds', nurses: 'user/Observation.rs user/Patient.rs' },
    ...changes,
  });
  const settings = JSON.stringify([provider('corp', corp), provider('other', other)]);
  const { loginProviders, issuer } = new AppConfig({ PUBLIC_URL: 'https://fhir.example', LOGIN_PROVIDERS: settings });
  const options = { issuer, fhirBase, providers: loginProviders };
  const identities = new UpstreamIdentityRepository(dataSource.getRepository(UpstreamIdentityEntity));
  const attempts = new LoginProviderAttemptRepository(dataSource.getRepository(LoginProviderAttemptEntity));
  return {
    logins: new LoginProviders(options, attempts, new UpstreamAccounts(local.get(LocalAccounts), identities, options)),
    links: new UpstreamLinks(identities, local.get(LocalAccounts), options),
  };
}

const cookieOf = ({ cookie }: UpstreamRedirect): string => cookie.split(';')[0]!;
let count = 0;
const aSubject = (): string => `sub-${++count}`;
const doctor = (changes: Json = {}): Json => {
  const sub = aSubject();
  return { sub, preferred_username: `user-${sub}`, groups: ['doctors'], ...changes };
};

interface Turn {
  readonly settings?: Json;
  readonly id?: string;
  readonly uid?: string;
  readonly cookies?: string;
  readonly back?: (address: URL) => URL;
}

/** A whole login; what the browser brings back may be changed on the way. */
async function logIn(claims: Json, { settings, id = 'corp', uid = 'i1', cookies, back = (same) => same }: Turn = {}) {
  const started = await replica(settings).logins.start('corp', 'i1');
  const { search } = back(corp.logIn(started.redirect, claims));
  const answer = { id, uid, query: search, cookies: cookies ?? cookieOf(started) };
  return (await replica(settings).logins.complete(answer)).account;
}

const factOf = (login: Promise<unknown>): Promise<string> =>
  login.then(
    () => 'it worked',
    (error: unknown) => (error instanceof PageRefused ? error.failure.explain(en).slice(1).join(' ') : String(error)),
  );
const unknown = expect.stringContaining('This login is not known here') as string;
const noProof = expect.stringContaining('does not prove who you are') as string;
const withParameter = (name: string, value: string) => (address: URL) => {
  address.searchParams.set(name, value);
  return address;
};
const accountRow = async (name: string) =>
  (
    await dataSource.query<{ grants: string; fhir_user: string | null; password_hash: string }[]>(
      'SELECT grants, fhir_user, password_hash FROM user_account WHERE name = $1',
      [name],
    )
  )[0];
const addAccount = (name: string): Promise<unknown> =>
  dataSource.query(
    `INSERT INTO user_account (tenant, id, name, password_hash, grants) VALUES (1, gen_random_uuid(), $1, 'x', 'user/Patient.r')`,
    [name],
  );

describe('the way to a provider', () => {
  it('has state, nonce and a PKCE challenge that are new each time, and nothing secret', async () => {
    const { logins } = replica({ parameters: { acr_values: 'mfa' }, scopes: ['openid', 'groups'] });
    const [first, second] = [await logins.start('corp', 'i1'), await logins.start('corp', 'i1')];
    const asked = Object.fromEntries(first.redirect.searchParams);
    expect(first.redirect.href).toMatch(new RegExp(`^${corp.url}/authorize\\?`));
    expect(asked).toMatchObject({
      response_type: 'code',
      client_id: corp.clientId,
      redirect_uri: 'https://fhir.example/oauth2/login/corp/callback',
      scope: 'openid groups',
      code_challenge_method: 'S256',
      acr_values: 'mfa',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked[name]).toMatch(/^[\w-]{43}$/);
      expect(second.redirect.searchParams.get(name)).not.toBe(asked[name]);
    }
    expect(first.redirect.href).not.toContain(encodeURIComponent(corp.clientSecret));
    expect(first.cookie).toMatch(
      /^lanyard_login_[\w-]{16}=[\w-]{43}; Path=\/oauth2; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('keeps neither the state nor the browser in readable form, and five attempts of one interaction at most', async () => {
    const { logins } = replica();
    const started: UpstreamRedirect[] = [];
    for (let i = 0; i < 9; i++) started.push(await logins.start('corp', 'many'));
    const rows = await dataSource.query<Json[]>(`SELECT * FROM login_provider_attempt WHERE interaction = 'many'`);
    expect(rows).toHaveLength(5);
    const stored = JSON.stringify(rows);
    for (const one of started) {
      expect(stored).not.toContain(one.redirect.searchParams.get('state'));
      expect(stored).not.toContain(cookieOf(one).split('=')[1]);
    }
  });

  it('asks for the discovery document once, also for parallel logins', async () => {
    const { logins } = replica();
    const before = corp.requests.discovery;
    await Promise.all([1, 2, 3].map(() => logins.start('corp', 'i1')));
    await logins.start('corp', 'i1');
    expect(corp.requests.discovery).toBe(before + 1);
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['the issuer of many tenants', { issuer: 'http://127.0.0.1/{tenantid}/v2.0' }],
    ['an authorization endpoint over http', { authorization_endpoint: 'http://idp.example/authorize' }],
    ['a script as authorization endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('is closed when the discovery document names %s', async (_, metadata) => {
    corp.metadata = metadata;
    expect(await factOf(replica().logins.start('corp', 'i1'))).toContain('does not answer as an OpenID provider');
  });

  it('is closed when the issuer is spelt with one slash more or less: accounts are linked by it', async () => {
    corp.metadata = { issuer: `${corp.url}/` };
    expect(await factOf(replica().logins.start('corp', 'i1'))).toContain('does not answer as an OpenID provider');
    expect(logged.join('')).toContain('names the issuer');
  });

  it('does not follow redirects, reads no endless answers, and does not ask a provider that is down again at once', async () => {
    const { logins } = replica();
    corp.answerDiscovery = (response) =>
      response.writeHead(302, { location: `${other.url}/.well-known/openid-configuration` }).end();
    const [before, elsewhere] = [corp.requests.discovery, other.requests.discovery];
    for (let i = 0; i < 3; i++) expect(await factOf(logins.start('corp', 'i1'))).toContain('does not answer');
    expect([corp.requests.discovery, other.requests.discovery]).toEqual([before + 1, elsewhere]);
    corp.answerDiscovery = (response) => response.end(' '.repeat(300_000));
    expect(await factOf(replica().logins.start('corp', 'i1'))).toContain('does not answer');
    expect(logged.join('')).toContain('256 kB');
  });
});

describe('the way back', () => {
  it('is finished by any process, and its account is named after provider and user', async () => {
    const claims = doctor();
    expect(await logIn(claims)).toBe(`corp:${String(claims['preferred_username'])}`);
    expect(await logIn(claims)).toBe(`corp:${String(claims['preferred_username'])}`);
  });

  it('leads to the interaction that it was begun for', async () => {
    const started = await replica().logins.start('corp', 'i7');
    const { search } = corp.logIn(started.redirect, doctor());
    expect(await replica().logins.findInteraction('corp', search)).toBe('i7');
    expect(await factOf(replica().logins.start('nobody', 'i7'))).toContain('no login provider');
    expect(await factOf(replica().logins.findInteraction('other', search))).toEqual(unknown);
    expect(await factOf(replica().logins.findInteraction('corp', '?code=x&state=forged'))).toEqual(unknown);
  });

  it.each<[string, Turn]>([
    ['a forged state', { back: withParameter('state', 'forged') }],
    ['no state', { back: (url) => new URL(url.href.replace(/&state=[^&]*/, '')) }],
    ['an empty state', { back: withParameter('state', '') }],
    ['the state twice', { back: (url) => new URL(`${url.href}&state=x`) }],
    ['another interaction', { uid: 'i2' }],
    ['another provider', { id: 'other' }],
    ['no cookie', { cookies: '' }],
    ['the cookie of another browser', { cookies: 'lanyard_login_0000000000000000=x' }],
  ])('is closed with %s', async (_, turn) => {
    const before = corp.requests.token;
    expect(await factOf(logIn(doctor(), turn))).toEqual(unknown);
    expect(corp.requests.token).toBe(before);
  });

  it('is closed with the right cookie name and another value, and with two of them', async () => {
    const started = await replica().logins.start('corp', 'i1');
    const { search: query } = corp.logIn(started.redirect, doctor());
    const name = cookieOf(started).split('=')[0]!;
    for (const cookies of [`${name}=x`, `${cookieOf(started)}; ${name}=x`, `${name}=x; ${cookieOf(started)}`]) {
      expect(await factOf(replica().logins.complete({ id: 'corp', uid: 'i1', query, cookies }))).toEqual(unknown);
    }
    // Nobody else's guess uses up the login of the right browser.
    const done = await replica().logins.complete({ id: 'corp', uid: 'i1', query, cookies: cookieOf(started) });
    expect(done.cookie).toContain(`${name}=; Path=/oauth2; Max-Age=0`);
  });

  it('works once, also when two processes get it at the same time', async () => {
    const started = await replica().logins.start('corp', 'i1');
    const { search: query } = corp.logIn(started.redirect, doctor());
    const answer = { id: 'corp', uid: 'i1', query, cookies: cookieOf(started) };
    const facts = await Promise.all([1, 2, 3].map(() => factOf(replica().logins.complete(answer))));
    expect(facts.toSorted()).toEqual([unknown, unknown, 'it worked']);
    expect(await factOf(replica().logins.complete(answer))).toEqual(unknown);
  });

  it('is closed after ten minutes', async () => {
    const started = await replica().logins.start('corp', 'late');
    await dataSource.query(
      `UPDATE login_provider_attempt SET expires_at = clock_timestamp() - interval '1 ms' WHERE interaction = 'late'`,
    );
    const { search: query } = corp.logIn(started.redirect, doctor());
    const answer = { id: 'corp', uid: 'late', query, cookies: cookieOf(started) };
    expect(await factOf(replica().logins.complete(answer))).toEqual(unknown);
  });

  it('tells what the provider refused, cleaned', async () => {
    const back = (url: URL): URL => {
      url.searchParams.delete('code');
      url.searchParams.set('error', `access_denied<script>`);
      url.searchParams.set('error_description', 'text of a stranger');
      return url;
    };
    const fact = await factOf(logIn(doctor(), { back }));
    expect(fact).toContain('did not log you in (access_deniedscript)');
    expect(fact).not.toContain('stranger');
  });

  it('mix-up: an answer that names another issuer is closed, and none where one is promised (RFC 9207)', async () => {
    expect(await factOf(logIn(doctor(), { back: withParameter('iss', other.url) }))).toEqual(noProof);
    expect(await factOf(logIn(doctor(), { back: withParameter('iss', corp.url) }))).toBe('it worked');
    corp.metadata = { authorization_response_iss_parameter_supported: true };
    expect(await factOf(logIn(doctor()))).toEqual(noProof);
  });

  it('a code of another login does not fit: the verifier is of this one', async () => {
    const [mine, theirs] = [await replica().logins.start('corp', 'i1'), await replica().logins.start('corp', 'i1')];
    const stolen = corp.logIn(theirs.redirect, doctor()).searchParams.get('code')!;
    const { search: query } = withParameter('code', stolen)(corp.logIn(mine.redirect, doctor()));
    const answer = { id: 'corp', uid: 'i1', query, cookies: cookieOf(mine) };
    expect(await factOf(replica().logins.complete(answer))).toEqual(noProof);
  });
});

describe('a forged ID token', () => {
  const past = Math.floor(Date.now() / 1000) - 600;
  it.each<[string, (claims: Json) => string | undefined]>([
    ['of another key', (claims) => corp.sign(claims, {}, newKey('RS256', corp.key.kid))],
    ['of a key the provider does not publish', (claims) => corp.sign(claims, {}, newKey())],
    ['that is unsigned', (claims) => corp.sign(claims, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['signed with the client secret', (claims) => signedWithSecret({ alg: 'HS256' }, claims, corp.clientSecret)],
    [
      'signed with the public key as a secret',
      (claims) =>
        signedWithSecret(
          { alg: 'HS256', kid: corp.key.kid },
          claims,
          corp.key.publicKey.export({ format: 'pem', type: 'spki' }) as string,
        ),
    ],
    ['for another client', (claims) => corp.sign({ ...claims, aud: 'another' })],
    [
      'for several clients, made for another',
      (claims) => corp.sign({ ...claims, aud: [corp.clientId, 'x'], azp: 'x' }),
    ],
    ['of another issuer', (claims) => corp.sign({ ...claims, iss: other.url })],
    ['that expired', (claims) => corp.sign({ ...claims, iat: past - 60, exp: past })],
    ['with another nonce', (claims) => corp.sign({ ...claims, nonce: 'another' })],
    ['without nonce', (claims) => corp.sign({ ...claims, nonce: undefined })],
    ['without subject', (claims) => corp.sign({ ...claims, sub: undefined })],
    ['with a subject of control characters', (claims) => corp.sign({ ...claims, sub: 'a\u0000b' })],
    ['with a subject without end', (claims) => corp.sign({ ...claims, sub: 'x'.repeat(256) })],
    ['that is none', () => undefined],
    ['that is garbage', () => 'a.b.c'],
  ])('%s is refused, and makes no account', async (_, forge) => {
    const accounts = (): Promise<unknown> => dataSource.query('SELECT count(*) FROM user_account');
    const before = await accounts();
    corp.forge = forge;
    const claims = doctor();
    expect(await factOf(logIn(claims))).toEqual(noProof);
    expect(await accounts()).toEqual(before);
    expect(logged.join('')).toContain('Login provider corp');
    expect(logged.join('')).not.toMatch(new RegExp(`up:stream|${String(claims['sub'])}\\b|eyJ|code-0`));
  });

  it('is not one that names several clients and was made for this one', async () => {
    corp.forge = (claims) => corp.sign({ ...claims, aud: [corp.clientId, 'x'], azp: corp.clientId });
    expect(await factOf(logIn(doctor()))).toBe('it worked');
  });

  it('a token endpoint that redirects, is down or refuses this server is an outage, not a login', async () => {
    const endings: NonNullable<UpstreamTestProvider['answerToken']>[] = [
      (response) => response.destroy(),
      (response) => void response.writeHead(401).end('{"error":"invalid_client"}'),
    ];
    for (const ending of endings) {
      corp.answerToken = ending;
      expect(await factOf(logIn(doctor()))).toContain('does not answer as an OpenID provider');
    }
    corp.answerToken = (response) => void response.writeHead(307, { location: `${other.url}/token` }).end();
    const before = other.requests.token;
    expect(await factOf(logIn(doctor()))).not.toBe('it worked');
    expect(other.requests.token).toBe(before);
  });
});

describe('the account of an upstream user', () => {
  it('is made at the first login only where that is switched on', async () => {
    const claims = doctor();
    expect(await factOf(logIn(claims, { settings: { createUsers: false } }))).toMatch(
      new RegExp(`no user of this server is linked.*subject '${String(claims['sub'])}' of provider 'corp'`),
    );
    expect(await accountRow(`corp:${String(claims['preferred_username'])}`)).toBeUndefined();
  });

  it('has the mapped grants, the fhirUser, and no password that could be right', async () => {
    const claims = doctor({ groups: ['nurses', 'unknown', 7], fhirUser: `${fhirBase}/Practitioner/n1` });
    const settings = { grants: 'user/Organization.rs' };
    expect(await accountRow(await logIn(claims, { settings }))).toEqual({
      grants: 'user/Organization.rs user/Observation.rs user/Patient.rs',
      fhir_user: 'Practitioner/n1',
      password_hash: '!',
    });
  });

  it('gets its grants anew at each login, and loses at once what it lost upstream', async () => {
    const claims = doctor({ fhirUser: 'Practitioner/n1' });
    const name = await logIn(claims);
    await logIn({ ...claims, groups: ['nurses'] });
    expect(await accountRow(name)).toMatchObject({ grants: 'user/Observation.rs user/Patient.rs' });
    expect(await factOf(logIn({ ...claims, groups: [] }))).toContain('None of the groups');
    expect(await accountRow(name)).toMatchObject({ grants: '', fhir_user: null });
  });

  it('keeps its sessions while it loses nothing, and none once it does', async () => {
    const ended: string[] = [];
    local.get(LocalAccounts).whenEnded(async (account) => void ended.push(account));
    const claims = doctor({ groups: ['nurses'] });
    const name = await logIn(claims);
    await logIn(claims);
    await logIn({ ...claims, groups: ['nurses', 'doctors'] });
    expect(ended).toEqual([]);
    await logIn({ ...claims, groups: ['doctors'] });
    expect(ended).toEqual([name]);
    await logIn({ ...claims, groups: ['doctors'], fhirUser: 'Practitioner/n1' });
    expect(ended).toEqual([name, name]);
  });

  it('is refused when it names a person of another server, or none where one is needed', async () => {
    for (const fhirUser of [
      'https://other.example/fhir/Patient/p1',
      'Patient/p1/_history',
      'Observation/o1',
      7,
      ['Patient/p1'],
    ]) {
      const claims = doctor({ fhirUser });
      expect(await factOf(logIn(claims))).toContain('a person of another FHIR server');
      expect(await accountRow(`corp:${String(claims['preferred_username'])}`)).toBeUndefined();
    }
    expect(await factOf(logIn(doctor(), { settings: { userWithoutFhirUser: 'deny' } }))).toContain('which person');
  });

  it('reads claims by path, and of the userinfo endpoint where that is switched on; the ID token wins', async () => {
    const settings = { userinfo: true, claims: { groups: ['realm_access.roles', 'https://x.example/roles'] } };
    corp.userinfo = { sub: 'ana-info', realm_access: { roles: ['nurses'] }, 'https://x.example/roles': ['nobody'] };
    const claims = doctor({ sub: 'ana-info', 'https://x.example/roles': ['doctors'] });
    expect(await accountRow(await logIn(claims, { settings }))).toMatchObject({
      grants: 'user/Observation.rs user/Patient.rs user/*.cruds',
    });
    corp.userinfo = { sub: 'somebody else', realm_access: { roles: ['doctors'] } };
    expect(await factOf(logIn(claims, { settings }))).toEqual(noProof);
  });

  it('never is, or takes over, an account that was there: not by name, not by e-mail, not by a claim', async () => {
    await addAccount('victim');
    await addAccount('victim@corp.example');
    const claims = doctor({ preferred_username: 'victim', email: 'victim@corp.example', email_verified: true });
    expect(await logIn(claims)).toBe('corp:victim');
    expect(await logIn(doctor({ preferred_username: undefined, email: 'victim@corp.example' }))).toBe(
      'corp:victim@corp.example',
    );
    expect(await accountRow('victim')).toMatchObject({ grants: 'user/Patient.r' });
    // The next one with that name upstream is another person.
    expect(await logIn(doctor({ preferred_username: 'victim' }))).toMatch(/^corp:victim~[\da-f]{16}$/);
  });

  it.each([['bot@clients'], ['a b'], ['a\u0000b'], ['x'.repeat(151)], ['a\u202Eb'], [''], [7]])(
    'does not take %j as a name',
    async (preferred_username) => {
      expect(await logIn(doctor({ preferred_username }))).toMatch(/^corp:[\da-f]{16}$/);
    },
  );

  it('of the same subject at another issuer is somebody else', async () => {
    const claims = doctor();
    const here = await logIn(claims);
    const started = await replica().logins.start('other', 'i1');
    const { search: query } = other.logIn(started.redirect, claims);
    const done = await replica().logins.complete({ id: 'other', uid: 'i1', query, cookies: cookieOf(started) });
    expect([here, done.account]).toEqual([
      `corp:${String(claims['preferred_username'])}`,
      `other:${String(claims['preferred_username'])}`,
    ]);
  });

  it('is one, also when two processes see the user for the first time', async () => {
    const claims = doctor();
    const names = await Promise.all([1, 2, 3, 4].map(() => logIn(claims)));
    expect(new Set(names).size).toBe(1);
    const rows = await dataSource.query<unknown[]>('SELECT * FROM user_account WHERE name LIKE $1', [
      `corp:${String(claims['preferred_username'])}%`,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('stays out when it is disabled', async () => {
    const claims = doctor();
    await dataSource.query('UPDATE user_account SET disabled_at = now() WHERE name = $1', [await logIn(claims)]);
    expect(await factOf(logIn(claims))).toContain('is disabled');
  });

  it('may be linked by an administrator, and then keeps its own grants', async () => {
    await addAccount('linked');
    const [claims, { links }] = [doctor(), replica()];
    const link = { account: 'linked', provider: 'corp', subject: String(claims['sub']) };
    for (let twice = 0; twice < 2; twice++) await links.link(link);
    expect(await links.list('linked')).toEqual([{ issuer: corp.url, subject: link.subject, managed: false }]);
    expect(await logIn(claims, { settings: { createUsers: false } })).toBe('linked');
    expect(await accountRow('linked')).toMatchObject({ grants: 'user/Patient.r' });
    expect(await factOf(links.link({ ...link, account: 'victim' }))).toContain('is linked to linked already');
    expect(await links.unlink(link)).toBe(true);
    expect(await links.unlink(link)).toBe(false);
    await links.link({ ...link, managed: true });
    await logIn(claims);
    expect(await accountRow('linked')).toMatchObject({ grants: 'user/*.cruds' });
  });

  it('cannot be linked to nobody, or to a provider that is not there', async () => {
    const { links } = replica();
    expect(await factOf(links.link({ account: 'nobody', provider: 'corp', subject: 's' }))).toContain('no user nobody');
    expect(await factOf(links.link({ account: 'victim', provider: 'x', subject: 's' }))).toContain(
      'there is: corp, other',
    );
    expect(await factOf(links.link({ account: 'victim', provider: 'corp', subject: '' }))).toContain('1 to 255');
  });
});
