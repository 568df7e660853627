import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestIssuer } from '../support/issuer.js';
import { base, startServer } from '../support/server.js';
import { adminApi, logIn, type AdminApi } from '../support/admin-api.js';
import {
  authorize,
  createUser,
  exchange,
  registerClient,
  startOauthServer,
  type OauthServer,
} from '../support/oauth-server.js';

/** Administration taken by those who have no right to it, or to less of it (docs/adr/0037, docs/adr/0038). */
let server: OauthServer;
let admin: AdminApi;

beforeAll(async () => {
  server = await startOauthServer();
  admin = await adminApi(server);
  for (const id of ['p1', 'p2']) {
    const body = { resourceType: 'Patient', id };
    await server.call('PUT', `Patient/${id}`, { token: admin.token, body });
  }
});
afterAll(() => server?.close());

const password = 'correct horse';
let count = 0;

/** A user and a token with all of the grants; no API is asked whether that is allowed. */
async function user(grants: string, account: object = {}): Promise<{ readonly name: string; readonly token: string }> {
  const name = `user-${++count}`;
  await createUser(server, { name, grants, ...account });
  return { name, token: await logIn(server, name, password) };
}

const told = (answer: { readonly body: unknown }): string =>
  (answer.body as { readonly error_description: string }).error_description;

const grantsOf = async (name: string) =>
  ((await admin.call('GET', `users/${name}`)).body as { readonly grants: readonly string[] }).grants;

const machine = { name: 'Nightly', kind: 'confidential-symmetric', scopes: 'system/*.cruds' } as const;

describe('a user with all scopes for resources', () => {
  it.each([
    ['linked to a practitioner', { fhirUser: 'Practitioner/dr' }],
    ['linked to nobody', {}],
  ])('%s makes no client, account, launch or policy, and resets nothing', async (_who, account) => {
    const { token } = await user('user/*.cruds user/AuditEvent.rs', account);
    const attempts = [
      ['POST', 'clients', 'admin/Client.c', { id: 'own-machine', ...machine }],
      ['POST', 'users', 'admin/User.c', { name: 'own-user', grants: 'user/*.cruds' }],
      ['PATCH', 'users/admin', 'admin/User.u', { password: 'a new password' }],
      ['DELETE', 'users/admin/second-factors', 'admin/User.u', undefined],
      ['DELETE', 'users/admin/sessions', 'admin/User.u', undefined],
      ['POST', 'registration-tokens', 'admin/Client.c', {}],
      ['PUT', 'policies/own', 'admin/Policy.u', { description: 'x', assignedTo: { everyone: true }, rules: [] }],
      ['POST', 'launches', 'admin/Launch.c', { client: 'any', user: 'admin' }],
    ] as const;
    for (const [method, path, right, body] of attempts) {
      const answer = await admin.call(method, path, body, token);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(told(answer)).toContain(`administrator-needed: The token does not carry ${right} `);
    }
    expect((await admin.call('GET', 'clients/own-machine')).status).toBe(404);
    expect((await admin.call('GET', 'users/own-user')).status).toBe(404);
  });
});

describe('the list of jobs', () => {
  it('is for who may watch jobs, and tells how far indexing is, not how many rows there are', async () => {
    const started = await server.call('POST', 'Patient/$reindex', { token: admin.token });
    expect(started.status).toBe(202);
    const plain = await user('user/*.cruds admin/Definition.cruds');
    const refused = await server.call('GET', '/admin/jobs', { token: plain.token });
    expect(refused.status).toBe(403);
    expect(told(refused)).toContain('admin/Job.r');
    const watcher = await user('admin/Job.r');
    const { status, body } = await server.call('GET', '/admin/jobs', { token: watcher.token });
    const listed = (body as { readonly indexing: readonly object[] }).indexing[0];
    expect(status).toBe(200);
    expect(listed).toMatchObject({ kind: 'reindex', types: ['Patient'] });
    const members = ['id', 'kind', 'types', 'state', 'percent', 'reason', 'created', 'finished'];
    expect(Object.keys(listed!)).toEqual(members);
  });
});

describe('an account that is linked to a patient', () => {
  it.each(['user/*.cruds', 'user/*.cruds admin/*.cruds'])(
    'and has %s does not administer, and is told why',
    async (grants) => {
      const { name, token } = await user(grants, { fhirUser: 'Patient/p1' });
      const attempts = [
        ['POST', 'clients', { id: 'way-out', ...machine }],
        ['PATCH', `users/${name}`, { fhirUser: null }],
        ['POST', 'users', { name: 'way-out', grants: 'user/*.cruds' }],
        ['PATCH', 'users/admin', { password: 'a new password' }],
      ] as const;
      for (const [method, path, body] of attempts) {
        const answer = await admin.call(method, path, body, token);
        expect([path, answer.status]).toEqual([path, 403]);
        expect(told(answer)).toContain('fhirUser is Patient/p1, and who may be limited to one record');
      }
      expect((await server.call('GET', 'Patient/p2', { token })).status).toBe(403);
      if (!grants.includes('admin')) return;
      const mine = await server.call('GET', '$my-access', { token, headers: { accept: 'text/plain' } });
      expect(mine.text).toMatch(/admin\/\*\.cruds: fhirUser is Patient\/p1.*\[admin-scope-ignored\]/);
    },
  );
});

describe('a helpdesk', () => {
  it('sets passwords and takes lost factors of users who do not administer', async () => {
    const { token } = await user('admin/User.u');
    const { name } = await user('user/*.rs');
    expect((await admin.call('PATCH', `users/${name}`, { password: 'another horse' }, token)).status).toBe(200);
    await logIn(server, name, 'another horse');
    expect((await admin.call('DELETE', `users/${name}/second-factors`, undefined, token)).status).toBe(204);
    expect((await admin.call('PATCH', `users/${name}`, { disabled: true }, token)).status).toBe(200);
  });

  it.each([
    ['the first user', 'admin'],
    ['somebody with one right more', 'officer'],
  ])('does not take over %s', async (_who, target) => {
    const { token } = await user('admin/User.u');
    if (target === 'officer') await createUser(server, { name: target, grants: 'admin/Policy.r' });
    for (const [method, path, body] of [
      ['PATCH', `users/${target}`, { password: 'a new password' }],
      ['PATCH', `users/${target}`, { disabled: true }],
      ['DELETE', `users/${target}/second-factors`, undefined],
      ['DELETE', `users/${target}/sessions`, undefined],
    ] as const) {
      const answer = await admin.call(method, path, body, token);
      expect(answer.status).toBe(403);
      expect(told(answer)).toMatch(/beyond-own-rights: \w+ administers this server\. .* you do not have admin\//);
    }
    expect(await grantsOf(target)).toContain(target === 'admin' ? 'admin/*.cruds' : 'admin/Policy.r');
  });

  it('gives nobody, and not himself, what he has not', async () => {
    const { name, token } = await user('admin/User.u');
    const { name: other } = await user('user/Patient.r');
    const raised = await admin.call('PATCH', `users/${other}`, { grants: 'user/*.cruds admin/Policy.u' }, token);
    expect(raised.status).toBe(403);
    expect(told(raised)).toContain(`The user ${other} would have user/*.cruds, and you do not have user/*.cruds.`);
    expect(told(raised)).toContain(`The user ${other} would have admin/Policy.u, and you do not have admin/Policy.u.`);
    const own = await admin.call('PATCH', `users/${name}`, { grants: 'admin/*.cruds' }, token);
    expect(told(own)).toContain('You would change your own grants');
    expect(await grantsOf(other)).toEqual(['user/Patient.r']);
    expect(await grantsOf(name)).toEqual(['admin/User.u']);
  });

  it('does not take the patient off an account: the same scopes would reach all', async () => {
    const { token } = await user('admin/User.u');
    const { name } = await user('user/*.rs', { fhirUser: 'Patient/p1' });
    for (const fhirUser of [null, 'Practitioner/dr', 'Patient/p2']) {
      const answer = await admin.call('PATCH', `users/${name}`, { fhirUser }, token);
      expect(told(answer)).toContain('would have user/*.rs, and you do not have user/*.rs');
    }
    expect((await admin.call('GET', `users/${name}`)).body).toMatchObject({ fhirUser: 'Patient/p1' });
  });
});

describe('who manages users and clients', () => {
  it('gives what he has, letter by letter, and no more', async () => {
    const { token } = await user('admin/User.cruds user/Patient.rs user/Observation.r user/Observation.s');
    const given = { name: 'given', grants: 'user/Patient.r user/Observation.rs' };
    expect((await admin.call('POST', 'users', given, token)).status).toBe(201);
    const more = await admin.call('POST', 'users', { name: 'more', grants: 'user/Patient.rus' }, token);
    expect(told(more)).toContain('would have user/Patient.rus, and you do not have user/Patient.u.');
    expect((await admin.call('GET', 'users/more')).status).toBe(404);
  });

  it('registers no client above himself, and is told all that is too much', async () => {
    const { token } = await user('admin/Client.cruds user/Patient.rs', { clearance: 'N' });
    const more = { scopes: 'system/*.cruds system/Patient.r', consentExempt: true, breakGlass: true };
    const answer = await admin.call('POST', 'clients', { id: 'above', ...machine, ...more }, token);
    expect(answer.status).toBe(403);
    for (const why of [
      'would have system/*.cruds, and you do not have user/*.cruds',
      'would have the clearance V, and yours is N',
      'would be exempt from Consents, and you are not',
      'could break the glass, and you cannot',
    ])
      expect(told(answer)).toContain(why);
    expect(told(answer)).not.toContain('would have system/Patient.r');
    expect((await admin.call('GET', 'clients/above')).status).toBe(404);
    const within = { id: 'within', ...machine, scopes: 'system/Patient.r', clearance: 'N' };
    expect(told(await admin.call('POST', 'clients', within, token))).toContain(
      'The client within would see what Consents withhold, and they count for you.',
    );
    const exempt = await user('admin/Client.c user/Patient.r', { clearance: 'N', consentExempt: true });
    expect((await admin.call('POST', 'clients', within, exempt.token)).status).toBe(201);
  });

  it('does not take the keys or the secret of a client that has more', async () => {
    await admin.call('POST', 'clients', { id: 'strong', ...machine });
    const { token } = await user('admin/Client.cruds user/Patient.rs');
    for (const [method, path, body] of [
      ['POST', 'clients/strong/secret', undefined],
      ['PUT', 'clients/strong', machine],
    ] as const) {
      const answer = await admin.call(method, path, body, token);
      expect(answer.status).toBe(403);
      expect(told(answer)).toContain('beyond-own-rights: The client strong would have system/*.cruds');
    }
  });

  it('makes no token for registrations above himself, and none for rights to administer', async () => {
    const { token } = await user('admin/Client.cruds user/Patient.rs');
    const usual = await admin.call('POST', 'registration-tokens', {}, token);
    expect(told(usual)).toContain('would have user/*.cruds, and you do not have user/*.cruds');
    const within = await admin.call('POST', 'registration-tokens', { scopes: ['patient/Patient.rs'] }, token);
    expect(within.status).toBe(201);
    const rights = await admin.call('POST', 'registration-tokens', { scopes: ['admin/User.u'] });
    expect(rights.status).toBe(400);
    expect(told(rights)).toContain('Clients that register themselves administer nothing: leave out admin/User.u');
  });

  it('gives no clearance and no exemption that he has not', async () => {
    const { token } = await user('admin/User.cruds user/Patient.rs', { clearance: 'N' });
    const terms = { grants: 'user/Patient.r', breakGlass: true, consentExempt: true };
    const answer = await admin.call('POST', 'users', { name: 'cleared', ...terms }, token);
    for (const why of ['clearance V, and yours is N', 'could break the glass', 'would be exempt from Consents'])
      expect(told(answer)).toContain(why);
    const lower = { name: 'cleared', grants: 'user/Patient.r', clearance: 'N' };
    expect((await admin.call('POST', 'users', lower, token)).status).toBe(201);
    expect(told(await admin.call('PATCH', 'users/cleared', { clearance: 'V' }, token))).toContain('clearance V');
  });
});

describe('an app that registers itself', () => {
  it.each(['admin/User.u', 'admin/*.cruds'])('gets no %s, whatever its token says', async (right) => {
    const made = await admin.call('POST', 'registration-tokens', { scopes: ['patient/*.rs'] });
    const { token } = made.body as { readonly token: string };
    // As a server that knows no such scopes, or a hand in the database, might have made it.
    await server.app
      .get(DataSource)
      .query(`UPDATE registration_token SET scopes = $1 WHERE scopes = 'patient/*.rs'`, [right]);
    const form = {
      client_name: 'App',
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'none',
      scope: right,
    };
    const answer = await admin.call('POST', 'register', form, token);
    expect(answer.status).toBe(400);
    expect(told(answer)).toContain(`goes beyond what may be registered: ${right}`);
  });
});

describe('who is limited by a policy', () => {
  const rules = [{ types: ['Patient'], constrain: 'gender=female' }];
  const policy = (users: readonly string[]) => ({ description: 'Women', assignedTo: { users }, rules });

  it('does not change or end it, with or without the right to', async () => {
    const clinician = await user('user/*.cruds');
    const officer = await user('user/*.rs admin/Policy.cruds');
    const put = await admin.call('PUT', 'policies/women', policy([clinician.name, officer.name]));
    expect(put.status).toBe(200);
    expect(told(await admin.call('DELETE', 'policies/women', undefined, clinician.token))).toContain(
      'administrator-needed: The token does not carry admin/Policy.d',
    );
    const narrow = await logIn(server, officer.name, password, 'admin/Policy.cruds');
    for (const token of [officer.token, narrow]) {
      for (const [method, body] of [
        ['DELETE', undefined],
        ['PUT', policy(['x'])],
      ] as const) {
        const answer = await admin.call(method, 'policies/women', body, token);
        expect(answer.status).toBe(403);
        expect(told(answer)).toContain('The policy women limits what you may do, and nobody changes what limits him.');
      }
    }
    expect((await admin.call('GET', 'policies/women')).body).toMatchObject({ version: 1 });
    const other = await user('admin/Policy.cruds');
    expect((await admin.call('DELETE', 'policies/women', undefined, other.token)).status).toBe(204);
  });

  it('does not leave the group that it is for', async () => {
    const officer = await user('user/*.rs admin/Policy.cruds');
    await admin.call('PUT', 'policy-groups/limited', { members: [officer.name, 'x'] });
    await admin.call('PUT', 'policies/of-group', { description: 'W', assignedTo: { groups: ['limited'] }, rules });
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PUT', { members: ['x'] }],
    ] as const) {
      const answer = await admin.call(method, 'policy-groups/limited', body, officer.token);
      expect(answer.status).toBe(403);
      expect(told(answer)).toContain('The policy of-group limits what you may do');
    }
    const more = { members: [officer.name, 'x', 'y'] };
    expect((await admin.call('PUT', 'policy-groups/limited', more, officer.token)).status).toBe(200);
  });

  it('makes no account and no machine that it does not limit, and nobody who could end it', async () => {
    const manager = await user('user/Patient.rs admin/User.cruds admin/Client.cruds admin/Policy.cruds');
    await admin.call('PUT', 'policies/manager', policy([manager.name]));
    const free = await admin.call('POST', 'users', { name: 'free', grants: 'user/Patient.rs' }, manager.token);
    expect(told(free)).toContain('The user free would not be limited by the policy manager as you are');
    const app = { id: 'free-app', ...machine, scopes: 'system/Patient.r' };
    expect(told(await admin.call('POST', 'clients', app, manager.token))).toContain('by the policy manager');
    const puppet = { name: 'puppet', grants: 'admin/Policy.cruds' };
    expect(told(await admin.call('POST', 'users', puppet, manager.token))).toContain(
      'The user puppet could change the policy manager, which limits you',
    );
    for (const name of ['free', 'puppet']) expect((await admin.call('GET', `users/${name}`)).status).toBe(404);
  });
});

describe('the token of an app', () => {
  const tokenOf = async (registered: string, scope: string, name = 'admin') => {
    const { client } = await registerClient(server, { scopes: registered.split(' ') });
    const asked = await authorize(server, client.id, { scope, login_hint: name });
    const { status, body } = await exchange(server, client.id, asked);
    expect(status).toBe(200);
    return body as { readonly access_token: string; readonly scope: string };
  };

  it('administers only what the app is registered for', async () => {
    const plain = await tokenOf('user/*.cruds', 'user/*.cruds admin/User.rs');
    expect(plain.scope).not.toContain('admin/');
    const refused = await admin.call('GET', 'users', undefined, plain.access_token);
    expect(told(refused)).toContain('not carry admin/User.s (search users); it carries no right to administer');
    const console = await tokenOf('user/*.cruds admin/User.rs', 'user/*.cruds admin/*.cruds');
    expect(console.scope).toContain('admin/User.rs');
    expect((await admin.call('GET', 'users', undefined, console.access_token)).status).toBe(200);
    const write = await admin.call('PATCH', 'users/admin', { password: 'a new password' }, console.access_token);
    expect(told(write)).toContain('The token does not carry admin/User.u (update users); it carries admin/User.rs.');
  });

  it('carries no right that its user has not', async () => {
    const { name } = await user('user/*.cruds');
    const { scope } = await tokenOf('user/*.cruds admin/*.cruds', 'user/*.cruds admin/*.cruds', name);
    expect(scope).toBe('user/*.cruds');
  });

  it('gives no more than the app may do, whatever the user may', async () => {
    const { access_token: token } = await tokenOf('admin/User.cruds', 'admin/User.cruds');
    const answer = await admin.call('POST', 'users', { name: 'by-app', grants: 'user/Patient.r' }, token);
    expect(told(answer)).toContain('would have user/Patient.r, and you do not have user/Patient.r');
    const own = await admin.call('PATCH', 'users/admin', { password: 'a new password' }, token);
    expect(told(own)).toContain('admin administers this server.');
  });
});

describe('a token of another issuer', () => {
  it('does not administer, whatever it says', async () => {
    const foreign = await TestIssuer.start(base);
    const trusted = JSON.stringify([{ issuer: foreign.url, userWithoutFhirUser: 'allow' }]);
    const other = await startServer({ TRUSTED_ISSUERS: trusted });
    const token = foreign.token({ scope: 'user/*.cruds admin/*.cruds', sub: 'admin', client_id: 'lanyard-login' });
    const answer = await other.call('GET', '/oauth2/clients', { token });
    expect(answer.status).toBe(403);
    expect(told(answer)).toContain('whose users do not administer this server');
    expect(told(answer)).toContain('"adminScopes": "allow"');
    const mine = await other.call('GET', '$my-access', { token, headers: { accept: 'text/plain' } });
    await other.close();
    await foreign.close();
    expect(mine.text).toMatch(/admin\/\*\.cruds: the token is of .*\[admin-scope-ignored\]/);
  });
});

describe('a token whose account has lost the right since', () => {
  it('does not count, whatever caches believe', async () => {
    const { name, token } = await user('admin/Client.rs');
    expect((await admin.call('GET', 'clients', undefined, token)).status).toBe(200);
    // Behind the back of the server: no session ends.
    await server.app.get(DataSource).query(`UPDATE user_account SET grants = '' WHERE name = $1`, [name]);
    const answer = await admin.call('GET', 'clients', undefined, token);
    expect(told(answer)).toContain('The user is not granted admin/Client.s any more.');
  });
});

describe('who launches for others', () => {
  it('launches with nobody whom he does not see himself', async () => {
    const { client } = await registerClient(server);
    const { token } = await user('admin/Launch.c user/*.rs');
    const blind = await user('admin/Launch.c');
    const launch = { client: client.id, user: 'admin', patient: 'p1' };
    expect(await admin.call('POST', 'launches', launch, token)).toMatchObject({ status: 201 });
    const answer = await admin.call('POST', 'launches', launch, blind.token);
    expect(answer.status).toBe(400);
    expect(told(answer)).toContain('There is no Patient/p1 that the user and you may see.');
  });
});
