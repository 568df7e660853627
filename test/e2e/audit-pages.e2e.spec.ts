import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import { RequestAudit } from '../../src/fhir/http/request-audit.js';
import { adminApi, logIn } from '../support/admin-api.js';
import { FormBrowser, type ShownPage } from '../support/form-browser.js';
import {
  addUser,
  AppLogin,
  type LoginServer,
  smartPassword,
  registerApp,
  startLoginServer,
  store,
} from '../support/smart-login.js';
import { registerClient } from '../support/oauth-server.js';

/** The audit beside FHIR's addresses: logins, decisions, registrations and launches are written down, secrets never. */

// eslint-disable-next-line typescript/no-explicit-any -- tests look into AuditEvents of any shape
type Event = any;

const scope = 'openid launch/patient patient/Patient.rs patient/Observation.rs';

let login: LoginServer;
let clientId: string;
let auditor: string;

beforeAll(async () => {
  login = await startLoginServer({ REGISTRATION: 'open' });
  auditor = login.server.token('system/AuditEvent.rs', {
    sub: 'auditor',
    client_id: 'auditor',
    aud: login.fhirBase,
  });
  clientId = await registerApp(login, 'Growth chart', `${scope} launch`);
  for (const [id, given] of Object.entries({ p1: 'Anna', p2: 'Bertha' }))
    await store(login, { resourceType: 'Patient', id, name: [{ family: 'Chalmers', given: [given] }] });
  await addUser(login, { name: 'dr-jane', grants: 'user/*.rs' });
  await addUser(login, { name: 'anna', grants: 'user/*.rs', fhirUser: 'Patient/p1' });
});
afterAll(() => login.close());

async function search(query: string): Promise<Event[]> {
  const { status, body } = await login.server.call('GET', `AuditEvent?${query}&_count=50`, { token: auditor });
  expect(status).toBe(200);
  return body.entry?.map((entry: { resource: object }) => entry.resource) ?? [];
}

async function eventsOf(page: ShownPage): Promise<Event[]> {
  const events = await search(`entity:identifier=${page.answer.headers.get('x-request-id') ?? 'none'}`);
  expect(events.length).toBeGreaterThan(0);
  return events;
}

const references = (event: Event): string[] =>
  event.entity.flatMap((entity: Event) => entity.what?.reference ?? []).toSorted();

const detailsOf = (event: Event): string[] =>
  event.entity.flatMap(({ detail = [], role }: Event) =>
    role?.code === '13' ? detail.map(({ type, valueString }: Event) => `${type}=${valueString}`) : [],
  );

const codesOf = (event: Event): string[] => event.subtype.map(({ code }: Event) => code);

const enter = (browser: FormBrowser, app = new AppLogin(login, clientId)): Promise<ShownPage> =>
  browser.open(app.address(scope));

describe('the pages of a launch', () => {
  it('leave a failed login with the name that was typed, the app and the reason, and never the password', async () => {
    const browser = new FormBrowser();
    const wrong = await browser.submit(await enter(browser), '/login', { name: 'dr-jane', password: 'a wrong secret' });
    const [event, ...more] = await eventsOf(wrong);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: { code: '110114' },
      outcome: '8',
      agent: [{ name: 'dr-jane' }, { who: { identifier: { value: clientId } } }, {}],
    });
    expect(event.agent[0].who.identifier.system).toBeUndefined();
    expect(codesOf(event)).toEqual(['110122', 'login-failed']);
    expect(JSON.stringify(event)).not.toContain('a wrong secret');
  });

  it('leave the login, whom the picker showed, and what was granted for whom', async () => {
    const browser = new FormBrowser();
    const app = new AppLogin(login, clientId);
    const picker = await browser.submit(await enter(browser, app), '/login', {
      name: 'dr-jane',
      password: smartPassword,
    });
    const [shown] = await eventsOf(picker);
    expect([codesOf(shown), shown.agent[0].name, references(shown)]).toEqual([
      ['search-type'],
      'dr-jane',
      ['Patient/p1', 'Patient/p1/_history/1', 'Patient/p2', 'Patient/p2/_history/1'],
    ]);
    const nobody = await browser.submit(picker, '/patients', { name: 'Nobody' });
    const [looked] = await eventsOf(nobody);
    const query = looked.entity.find((entity: Event) => entity.query).query;
    expect(Buffer.from(query, 'base64').toString()).toContain('name=Nobody');
    expect(references(looked)).toEqual([]);

    const consent = await browser.submit(picker, '/patient', { patient: 'p2' });
    expect(references((await eventsOf(consent))[0])).toEqual(['Patient/p2', 'Patient/p2/_history/1']);
    const end = await browser.submit(consent, '/consent', { decision: 'allow' });
    const [granted, ...more] = await eventsOf(end);
    expect(more).toEqual([]);
    expect(granted).toMatchObject({
      type: { code: '110113' },
      action: 'C',
      outcome: '0',
      agent: [{ name: 'dr-jane' }, { who: { identifier: { value: clientId } } }, {}],
    });
    expect(references(granted)).toEqual(['Patient/p2']);
    expect(detailsOf(granted)).toEqual(
      expect.arrayContaining(['decision=granted', 'scope=patient/Patient.rs', 'scope=patient/Observation.rs']),
    );
    await browser.open(end.forward!);
    expect(await app.redeem(login.arrivals.at(-1))).toMatchObject({ patient: 'p2' });
    const logins = await search('subtype=110122&outcome=0&agent-name=dr-jane');
    expect(logins.map(({ entity }) => entity[0].detail)).toContainEqual([{ type: 'method', valueString: 'pwd' }]);
    expect(JSON.stringify([...logins, granted])).not.toContain(smartPassword);
  });

  it('leave that the user did not let the app in', async () => {
    const browser = new FormBrowser();
    const consent = await browser.submit(await enter(browser), '/login', { name: 'anna', password: smartPassword });
    expect(references((await eventsOf(consent))[0])).toEqual(['Patient/p1', 'Patient/p1/_history/1']);
    const [denied] = await eventsOf(await browser.submit(consent, '/consent', { decision: 'deny' }));
    expect([denied.outcome, denied.agent[0].name, detailsOf(denied)]).toEqual(['4', 'anna', ['decision=denied']]);
    expect(codesOf(denied)).toContain('app-not-let-in');
  });

  it('leave a launch that was prepared, with its patient and without its value', async () => {
    const admin = await adminApi(login.server);
    const { status, body } = await admin.call('POST', 'launches', { client: clientId, user: 'dr-jane', patient: 'p1' });
    expect(status).toBe(201);
    const [event] = await search(`entity-name=${encodeURIComponent(`launch of ${clientId}`)}`);
    expect([event.outcome, event.agent[0].name, references(event)]).toEqual(['0', 'admin', ['Patient/p1']]);
    expect(JSON.stringify(event)).not.toContain((body as { launch: string }).launch);
  });
});

describe('the account pages', () => {
  it('leave login, what was changed, and logout', async () => {
    const browser = new FormBrowser();
    const page = await browser.open(`${login.issuer}/apps`);
    const apps = await browser.submit(page, '/login', { name: 'dr-jane', password: smartPassword });
    await browser.submit(apps, '/revoke', { client: clientId });
    await browser.submit(await browser.open(`${login.issuer}/apps`), '/logout');
    const [changed] = await search('entity-name=account&subtype=110137&agent-name=dr-jane');
    expect(detailsOf(changed)).toEqual([`change=access of the app ${clientId} ended`]);
    const [left] = await search('subtype=110123&agent-name=dr-jane');
    expect(left).toMatchObject({ outcome: '0', agent: [{ name: 'dr-jane' }, {}, {}] });
  });
});

describe('a registration without a user', () => {
  const call = (method: string, path: string, token?: string, body?: object) =>
    login.server.call(method, `/oauth2/${path}`, {
      ...(token !== undefined && { token }),
      ...(body && { body, headers: { 'content-type': 'application/json' } }),
    });

  it('leaves who came, with which scopes, and who went, and never a token', async () => {
    const metadata = {
      client_name: 'Newcomer',
      redirect_uris: ['https://app.example/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'launch/patient patient/*.rs',
    };
    const { status, body } = await call('POST', 'register', undefined, metadata);
    expect(status).toBe(201);
    const { client_id: id, client_secret: secret, registration_access_token: token } = body as Record<string, string>;
    expect((await call('DELETE', `register/${id}`, token)).status).toBe(204);
    const events = await search(`agent-name=${id}`);
    expect(events.map((event) => String(detailsOf(event)[0])).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'change=registered',
      'change=removed',
    ]);
    expect(detailsOf(events[0])).toContain('scope=patient/*.rs');
    for (const hidden of [secret!, token!]) expect(JSON.stringify(events)).not.toContain(hidden);
  });

  it('that is refused leaves its reason', async () => {
    const { status, headers } = await call('DELETE', 'register/nobody', 'not-a-token');
    expect(status).toBe(401);
    const [event] = await search(`entity:identifier=${String(headers['x-request-id'])}`);
    expect([event.outcome, codesOf(event)[1]]).toEqual(['8', 'registration-token-invalid']);
  });
});

describe('the token endpoint', () => {
  it('leaves why nothing was given, of a client that nobody vouches for', async () => {
    const answer = await fetch(`${login.issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=authorization_code&client_id=${clientId}&code=never-given&redirect_uri=${encodeURIComponent(login.appUrl)}`,
    });
    expect(answer.status).toBe(400);
    const [event] = await search(`entity:identifier=${answer.headers.get('x-request-id')}`);
    expect([event.outcome, codesOf(event)[1]]).toEqual(['8', 'code-invalid']);
    expect(event.agent[1].who.identifier).toEqual({ value: clientId });
    expect(JSON.stringify(event)).not.toContain('never-given');
  });
});

describe('the authorize endpoint', () => {
  const ask = (parameters: Readonly<Record<string, string>>) => {
    const address = new URL(new AppLogin(login, clientId).address(scope));
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return fetch(address, { redirect: 'manual' });
  };
  const eventOf = async (answer: Response): Promise<Event> => {
    const events = await search(`entity:identifier=${answer.headers.get('x-request-id')}`);
    expect(events).toHaveLength(1);
    return events[0];
  };

  it.each([
    ['an unknown app', { client_id: 'nobody-knows' }, 400, 'client-unknown'],
    ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 400, 'redirect-uri-unregistered'],
    ['another audience', { aud: 'https://other.example/fhir' }, 303, 'aud-mismatch'],
    ['no PKCE', { code_challenge_method: 'plain' }, 303, 'pkce-missing'],
    ['a scope that is not registered', { scope: 'system/*.rs' }, 303, 'scope-not-registered'],
    ['a launch that is none', { launch: 'launch-secret', scope: `launch ${scope}` }, 303, 'launch-invalid'],
    ['nobody signed in', { prompt: 'none' }, 303, 'login_required'],
  ])('leaves that it refused %s, and none of its parameters', async (_what, parameters, status, code) => {
    const answer = await ask({ state: 'state-secret', ...parameters });
    expect(answer.status).toBe(status);
    const event = await eventOf(answer);
    expect([event.outcome, codesOf(event)]).toEqual(['8', expect.arrayContaining([code])]);
    expect(event.agent[0].who.identifier).toEqual({
      value: 'client_id' in parameters ? parameters.client_id : clientId,
    });
    expect(JSON.stringify(event)).not.toMatch(/-secret|evil/);
  });

  it('leaves nothing of what it lets through: the pages tell of that', async () => {
    const answer = await ask({});
    expect(answer.status).toBe(303);
    expect(await search(`entity:identifier=${answer.headers.get('x-request-id')}`)).toEqual([]);
  });
});

describe('introspection', () => {
  const form = 'application/x-www-form-urlencoded';
  const ask = (token: string, headers: Readonly<Record<string, string>>) =>
    fetch(`${login.issuer}/introspect`, {
      method: 'POST',
      headers: { 'content-type': form, ...headers },
      body: new URLSearchParams({ token }).toString(),
    });
  let asking: { readonly id: string; readonly authorization: string };
  let token: string;

  beforeAll(async () => {
    const { client, secret = '' } = await registerClient(login.server, {
      kind: 'confidential-symmetric',
      introspects: true,
    });
    const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
    asking = { id: client.id, authorization };
    token = await logIn(login.server, 'dr-jane', smartPassword);
  });

  it('leaves who asked about which token, by its id', async () => {
    const answer = await ask(token, { authorization: asking.authorization });
    expect(await answer.json()).toMatchObject({ active: true });
    const events = await search(`entity:identifier=${answer.headers.get('x-request-id')}`);
    expect(events).toHaveLength(1);
    const [event] = events;
    expect([event.outcome, event.agent[1].who.identifier.value]).toEqual(['0', asking.id]);
    expect(detailsOf(event)).toEqual(['active=true', `jti=${decodeJwt(token).jti}`]);
    expect(JSON.stringify(event)).not.toContain(token.split('.')[2]);
  });

  it('leaves the bearer who asked, and who was refused', async () => {
    const asked = await ask('nothing', { authorization: `Bearer ${token}` });
    expect(await asked.json()).toEqual({ active: false });
    const [event] = await search(`entity:identifier=${asked.headers.get('x-request-id')}`);
    expect([event.outcome, event.agent[0].name, detailsOf(event)]).toEqual(['0', 'dr-jane', ['active=false']]);
    const bearer = await ask(token, { authorization: 'Bearer nothing' });
    const client = await ask(token, { authorization: `Basic ${Buffer.from(`${asking.id}:wrong`).toString('base64')}` });
    for (const [answer, code] of [
      [bearer, 'token-opaque-unsupported'],
      [client, 'client-authentication-failed'],
    ] as const) {
      expect(answer.status).toBe(401);
      const [refused] = await search(`entity:identifier=${answer.headers.get('x-request-id')}`);
      expect([refused.outcome, codesOf(refused)]).toEqual(['8', expect.arrayContaining([code])]);
    }
  });

  it('leaves each active token that a resource server asks about, and counts only repeats', async () => {
    const { client, secret = '' } = await registerClient(login.server, {
      kind: 'confidential-symmetric',
      introspects: true,
    });
    const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
    const tokens: string[] = [];
    for (let i = 0; i < 12; i++) tokens.push(await logIn(login.server, 'dr-jane', smartPassword));
    for (const one of [...tokens, ...tokens])
      expect(await (await ask(one, { authorization })).json()).toMatchObject({ active: true });
    await login.server.app.get(RequestAudit)['tellCounted']();
    const events = await search(`agent-name=${client.id}`);
    const counted = events.filter(({ outcomeDesc }) => outcomeDesc !== undefined);
    const ids = new Set(events.flatMap((event) => detailsOf(event).filter((detail) => detail.startsWith('jti='))));
    expect(ids).toEqual(new Set(tokens.map((one) => `jti=${decodeJwt(one).jti}`)));
    expect([events.length, counted.map(({ outcomeDesc }) => outcomeDesc)]).toEqual([
      12 + 10 + 1,
      ['2 requests within a minute.'],
    ]);
  });

  it('is counted where one client asks about token after token that is none', async () => {
    const { client, secret = '' } = await registerClient(login.server, { kind: 'confidential-symmetric' });
    const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
    for (let i = 0; i < 25; i++) expect((await ask(`t${i}`, { authorization })).status).toBe(200);
    await login.server.app.get(RequestAudit)['tellCounted']();
    const events = await search(`agent-name=${client.id}`);
    const counted = events.filter(({ outcomeDesc }) => outcomeDesc !== undefined);
    expect([events.length, counted.map(({ outcomeDesc }) => outcomeDesc)]).toEqual([
      11,
      ['15 requests within a minute.'],
    ]);
  });
});
