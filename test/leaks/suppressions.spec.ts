// Suppression rules let findings pass, and nothing that access, searches and storage rest on (docs/adr/0113)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../support/connection.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const sql = (text: string) => rowsOf(server.database.connection, text);
const xhtml = 'http://www.w3.org/1999/xhtml';
const json = { 'content-type': 'application/json' };
const rules = '/admin/suppression-rules';
const body = { code: 'dom-6', reason: 'why', until: '2027-12-31' };
const call = (scope: string, method: string, path: string, options: object = {}) =>
  server.call(method, path, { token: server.token(scope), ...options });
const admin = (method: string, path: string, options: object = {}) =>
  call('admin/Definition.cruds', method, `${rules}${path}`, { headers: json, ...options });

describe('suppression rules', () => {
  it.each([
    ['GET', ''],
    ['GET', '/kept'],
    ['PUT', '/new'],
    ['PUT', '/kept'],
    ['DELETE', '/kept'],
  ])('are made by administrators alone: %s %s', async (method, path) => {
    expect((await admin('PUT', '/kept', { body })).status).toBe(200);
    const options = { headers: json, ...(method === 'PUT' && { body: { ...body, reason: 'other' } }) };
    const answer = await call('user/*.cruds system/*.cruds admin/User.cruds', method, `${rules}${path}`, options);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('admin/Definition')]);
    expect((await server.call(method, `${rules}${path}`, options)).status).toBe(401);
    expect((await admin('GET', '')).body.rules).toMatchObject([{ name: 'kept', reason: 'why' }]);
  });

  it.each([
    ['create', 'PUT', '/new', 'c'],
    ['update', 'PUT', '/kept', 'u'],
    ['list', 'GET', '', 's'],
    ['read', 'GET', '/kept', 'r'],
    ['delete', 'DELETE', '/kept', 'd'],
  ])('need the right to %s', async (_what, method, path, letter) => {
    const options = { headers: json, ...(method === 'PUT' && { body }) };
    const scope = `admin/Definition.${'cruds'.replace(letter, '')}`;
    const answer = await call(scope, method, `${rules}${path}`, options);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining(`admin/Definition.${letter}`)]);
  });

  it('leave a Consent held to R4', async () => {
    const rule = { ...body, code: 'code-not-in-value-set' };
    expect((await admin('PUT', '/codes', { body: rule })).status).toBe(200);
    const observation = { resourceType: 'Observation', status: 'nope', code: { text: 'x' } };
    expect((await call('user/*.cruds', 'POST', 'Observation', { body: observation })).status).toBe(201);
    const consent = {
      resourceType: 'Consent',
      status: 'nope',
      scope: { text: 'x' },
      category: [{ text: 'x' }],
      policyRule: { text: 'x' },
      patient: { reference: 'Patient/p1' },
    };
    const answer = await call('user/*.cruds', 'POST', 'Consent', { body: consent });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('code-not-in-value-set')]);
    expect((await admin('DELETE', '/codes')).status).toBe(204);
  });

  it.each([
    ['unknown-element', { nmae: [] }],
    ['wrong-shape', { name: {} }],
    ['invalid-value', { birthDate: 'soon' }],
    ['invalid-reference', { managingOrganization: { reference: 'no reference' } }],
    ['ref-1', { managingOrganization: { reference: '#nothing' } }],
    ['unsafe-narrative', { text: { status: 'generated', div: `<div xmlns="${xhtml}"><script>x</script></div>` } }],
    ['per-1', { address: [{ period: { start: '2020', end: '2019' } }] }],
  ])('leave %s an error, also one that somebody wrote into the table', async (code, wrong) => {
    const refused = await admin('PUT', '/never', { body: { ...body, code } });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('always counts')]);
    await sql(`INSERT INTO suppression_rule VALUES (1, 'never', 1, '${JSON.stringify({ ...body, code })}', 'x')`);
    // Any change makes the server look.
    expect((await admin('PUT', '/kept', { body })).status).toBe(200);
    const patient = { resourceType: 'Patient', ...wrong };
    const found = await call('user/*.cruds', 'POST', 'Patient/$validate', { body: patient });
    const severities = found.body.issue
      .filter(({ details }: { details: { coding: { code: string }[] } }) => details.coding[0]!.code === code)
      .map(({ severity }: { severity: string }) => severity);
    await sql(`DELETE FROM suppression_rule WHERE name = 'never'`);
    expect(severities).toEqual(['error']);
  });

  it('count until their time is over', async () => {
    const rule = { ...body, code: 'obs-6', until: '2027-12-31' };
    expect((await admin('PUT', '/timed', { body: rule })).status).toBe(200);
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      valueString: 'x',
      dataAbsentReason: { text: 'x' },
    };
    const write = async () => (await call('user/*.cruds', 'POST', 'Observation', { body: observation })).status;
    expect(await write()).toBe(201);
    const over = JSON.stringify({ code: 'obs-6', reason: 'why', until: '2020-01-31' });
    await sql(`UPDATE suppression_rule SET body = '${over}' WHERE name = 'timed'`);
    expect((await admin('PUT', '/kept', { body })).status).toBe(200);
    expect(await write()).toBe(422);
    expect((await admin('GET', '/timed')).body).toMatchObject({ isOver: true });
    expect((await admin('DELETE', '/timed')).status).toBe(204);
  });
});
