// How an operator looks into a tenant (docs/adr/0192): by name, for a reason, for a quarter of an hour, reading alone, in the tenant's sight
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { startTenants, type TenantAnswer, type TenantsServer, type TestTenant, until } from '../support/tenants.js';

const reason = 'ticket 4711: searches are slow';
let server: TenantsServer;
let north: TestTenant;
let south: TestTenant;
let administrator: string;
beforeAll(async () => {
  server = await startTenants({ TENANT_BREAK_GLASS: 'on' });
  [north, south] = (await server.createAll(['north', 'south'])) as [TestTenant, TestTenant];
  administrator = (await north.logIn()).access_token;
  const body = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe' }] };
  for (const [tenant, token] of [
    [north, administrator],
    [south, (await south.logIn()).access_token],
  ] as const)
    await tenant.call('PUT', 'Patient/p1', { token, body });
});
afterAll(() => server.close());

const look = (body: object = { reason }, name = 'north', token = server.operator): Promise<TenantAnswer> =>
  server.own.call('POST', `/admin/tenants/${name}/break-glass`, { token, body });
const tokenOf = async (body?: object): Promise<string> => {
  const answer = await look(body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.access_token as string;
};
const settle = (change: object) =>
  north.call('PATCH', '/oauth2/users/Operator:admin', { token: administrator, body: change });

async function tokenWith(grants: string): Promise<string> {
  const name = `user-${grants.replace(/\W+/g, '-').toLowerCase()}`;
  const body = { name, grants, password: 'long enough' };
  expect((await server.own.call('POST', '/oauth2/users', { token: server.operator, body })).status).toBe(201);
  return (await server.own.logIn(name, 'long enough')).access_token;
}

describe('the token', () => {
  it('reads and changes nothing, for a quarter of an hour', async () => {
    const { body } = await look();
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'user/*.rs user/AuditEvent.rs admin/*.rs',
      sub: 'Operator:admin',
      fhirBase: north.fhirBase,
    });
    const { access_token: token } = body;
    const { exp, iat, iss } = decodeJwt(token as string);
    expect([iss, exp! - iat!]).toEqual([north.issuer, 900]);
    expect((await north.call('GET', 'Patient/p1', { token })).body.name[0].family).toBe('Doe');
    expect((await north.call('GET', 'Patient?family=doe', { token })).body.total).toBe(1);
    expect((await north.call('GET', '/oauth2/users', { token })).status).toBe(200);
    const changed = { resourceType: 'Patient', id: 'p1' };
    for (const [method, path, sent] of [
      ['PUT', 'Patient/p1', changed],
      ['DELETE', 'Patient/p1', undefined],
      ['POST', 'Patient', { resourceType: 'Patient' }],
      ['PATCH', '/oauth2/users/admin', { disabled: true }],
      ['POST', '/oauth2/users', { name: 'mine', grants: 'user/*.rs', password: 'long enough' }],
    ] as const) {
      const refused = await north.call(method, path, { token, ...(sent && { body: sent }) });
      expect([method, path, refused.status]).toEqual([method, path, 403]);
    }
  });

  it('counts at the tenant alone, and is what the operator asked for', async () => {
    const token = await tokenOf({ reason, scope: 'user/Patient.r user/Patient.cruds' });
    expect(decodeJwt(token)['scope']).toBe('user/Patient.r');
    expect((await north.call('GET', 'Patient/p1', { token })).status).toBe(200);
    expect((await north.call('GET', 'Observation', { token })).status).toBe(403);
    for (const other of [south, server.own])
      expect((await other.call('GET', 'Patient/p1', { token })).status, other.name).toBe(401);
  });

  it('is of no treatment: what it is for stands in each event', async () => {
    expect(decodeJwt(await tokenOf())['purpose_of_use']).toBe('HSYSADMIN');
  });
});

describe('the tenant', () => {
  it('sees who looked and why, and what was read', async () => {
    const token = await tokenOf({ reason: 'ticket 4712' });
    await north.call('GET', 'Patient/p1', { token });
    const { jti } = decodeJwt(token);
    const found = async (query: string) =>
      (await north.call('GET', `AuditEvent?${query}`, { token: administrator })).body;
    const policy = encodeURIComponent(`urn:jti:${jti}`);
    await until(async () => (await found(`policy=${policy}`)).total === 2);
    const events = (await found(`policy=${policy}&_sort=date`)).entry.map((one: { resource: object }) => one.resource);
    expect(events[0]).toMatchObject({
      subtype: [{ code: '110127' }],
      purposeOfEvent: [{ coding: [{ code: 'BTG' }], text: 'ticket 4712' }],
      agent: [{ name: 'Operator:admin' }, {}, {}],
    });
    const details = events[0].entity.flatMap((one: { detail?: object[] }) => one.detail ?? []);
    expect(details).toContainEqual({ type: 'operator', valueString: 'admin' });
    expect(details).toContainEqual({ type: 'known-by', valueString: server.own.issuer });
    expect(events[1]).toMatchObject({
      subtype: [{ code: 'read' }],
      purposeOfEvent: [{ coding: [{ code: 'HSYSADMIN' }] }],
      agent: [{ name: 'Operator:admin' }, {}, {}],
    });
    expect((await found('subtype=110127&policy=urn:lanyard:purpose:BTG')).total).toBeGreaterThan(0);
    await until(async () => {
      const own = await server.own.call('GET', 'AuditEvent?_sort=-date', { token: server.operator });
      return own.text.includes('broke the glass') && own.text.includes('ticket 4712');
    });
  });

  it('ends it, keeps it ended, and leaves the operator what it likes', async () => {
    const token = await tokenOf();
    expect((await north.call('GET', '/oauth2/users', { token: administrator })).text).toContain('Operator:admin');
    expect((await settle({ disabled: true })).status).toBe(200);
    expect((await north.call('GET', 'Patient/p1', { token })).status).toBe(401);
    const again = await look();
    expect([again.status, again.text.includes('Operator:admin')]).toEqual([409, true]);

    expect((await settle({ disabled: false, grants: 'user/Patient.cruds' })).status).toBe(200);
    expect(decodeJwt(await tokenOf())['scope']).toBe('user/Patient.rs');
    await settle({ grants: 'user/Patient.c' });
    expect((await look()).status).toBe(409);
    await settle({ grants: 'user/*.cruds user/AuditEvent.rs admin/*.cruds' });
    expect(decodeJwt(await tokenOf())['scope']).toBe('user/*.rs user/AuditEvent.rs admin/*.rs');
  });

  it('gets no token as the operator', async () => {
    await tokenOf();
    const refused = await settle({ password: 'i am the operator' });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('no password')]);
    const user = '/oauth2/users/Operator:admin';
    for (const path of [`${user}/password-link`, `${user}/one-time-password`]) {
      const answer = await north.call('POST', path, { token: administrator, body: {} });
      expect([path, answer.status, answer.text]).toEqual([path, 400, expect.stringContaining('no password')]);
    }
    const form = { user: 'Operator:admin', password: 'i am the operator' };
    expect((await north.call('POST', 'login', { body: form })).status).toBe(401);
  });

  it('cannot do it itself', async () => {
    expect(
      (await north.call('POST', '/admin/tenants/south/break-glass', { token: administrator, body: { reason } })).status,
    ).toBe(404);
  });
});

describe('whoever has not the right', () => {
  it('is told which one it is', async () => {
    for (const grants of ['operator/Tenant.cruds', 'admin/*.cruds user/*.cruds']) {
      const refused = await look({ reason }, 'north', await tokenWith(grants));
      expect([grants, refused.status, refused.text.includes('operator/BreakGlass.c')]).toEqual([grants, 403, true]);
    }
    expect((await look({ reason }, 'north', await tokenWith('operator/BreakGlass.c'))).status).toBe(200);
  });
});

describe('what is sent', () => {
  it.each([
    ['no reason', {}],
    ['an empty one', { reason: '  ' }],
    ['a long one', { reason: 'x'.repeat(201) }],
    ['two lines', { reason: 'a\nb' }],
    ['a reason that turns', { reason: 'a\u202eb' }],
    ['scopes that write', { reason, scope: 'user/*.cruds' }],
    ['no scope', { reason, scope: '' }],
    ['more than is read', { reason, operator: 'somebody else' }],
  ])('is refused: %s', async (_what, body) => {
    expect((await look(body)).status).toBe(400);
  });

  it('names a tenant that answers, and another one than the own', async () => {
    expect((await look({ reason }, 'nowhere')).status).toBe(404);
    expect((await look({ reason }, 'default')).status).toBe(400);
    await server.own.call('PATCH', '/admin/tenants/south', { token: server.operator, body: { state: 'suspended' } });
    expect((await look({ reason }, 'south')).body.error_description).toContain('suspended');
  });
});

describe('TENANT_BREAK_GLASS=off', () => {
  it('is not there over HTTP until it is allowed', async () => {
    const other = await startTenants();
    try {
      await other.create('north');
      const path = '/admin/tenants/north/break-glass';
      const refused = await other.own.call('POST', path, { token: other.operator, body: { reason } });
      expect([refused.status, refused.body.error_description]).toEqual([400, expect.stringContaining('BREAK_GLASS')]);
      // The console has the button where it is allowed, and no tenant's console has it.
      const isOffered = async (tenant: TestTenant): Promise<boolean> =>
        (await tenant.call('GET', '/console/config.json')).body.breakGlass === true;
      expect([await isOffered(other.own), await isOffered(server.own), await isOffered(north)]).toEqual([
        false,
        true,
        false,
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('lanyard tenant break-glass', () => {
  const variables = () => ({ DATABASE_URL: server.database.url, TENANTS: 'path', PUBLIC_URL: server.url });
  const run = (...args: readonly string[]) => lanyard(variables(), ['tenant', 'break-glass', 'north', ...args]);

  it('is refused where nothing is audited', async () => {
    const words = ['tenant', 'break-glass', 'north', '--operator', 'jane', '--reason', reason];
    const refused = await lanyard({ ...variables(), AUDIT: 'off' }, words);
    expect([refused.exitCode, refused.remarks]).toEqual([1, expect.stringContaining('AUDIT=on')]);
  });

  it('prints a token that names who looks', async () => {
    const done = await run('--operator', 'jane', '--reason', reason, '--scope', 'user/Patient.rs');
    expect(done.exitCode, done.remarks).toBe(0);
    const token = done.output.trim();
    expect(decodeJwt(token).sub).toBe('Operator:jane');
    expect((await north.call('GET', 'Patient/p1', { token })).status).toBe(200);
    expect(done.remarks).toContain('15 minutes');
  });

  it('needs a name and a reason', async () => {
    expect((await run('--reason', reason)).exitCode).toBe(2);
    expect((await run('--operator', 'jane')).exitCode).toBe(2);
    for (const name of ['', 'a\tb', 'x@clients', 'y'.repeat(201)])
      expect((await run('--operator', name, '--reason', reason)).exitCode).toBe(1);
  });
});
