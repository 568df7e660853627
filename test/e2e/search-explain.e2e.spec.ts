// `_explain`: how a search is run, for machines and administrators who may search everything, where the setting offers it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { adminApi } from '../support/admin-api.js';
import { runSql } from '../leaks/world.js';
import { aBundle, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let silent: TestServer;

beforeAll(async () => {
  [server, silent] = await Promise.all([startServer({ SEARCH_EXPLAIN: 'on' }), startServer()]);
  const resources = [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Secretly' }] },
    ...['a', 'b', 'c'].map((id) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: 'x' }] },
      subject: { reference: 'Patient/p' },
      effectiveDateTime: `202${id.charCodeAt(0) - 97}-01-01`,
    })),
  ];
  const body = aBundle('transaction', ...resources.map((resource) => putting(resource as never)));
  await server.call('POST', '', { token: machine(), body });
});
afterAll(() => Promise.all([server.close(), silent.close()]));

const claims = { sub: 'app', client_id: 'app' };
const machine = (scope = 'system/*.cruds', of = server): string => of.token(scope, claims);

type Part = Readonly<Record<string, unknown>> & { readonly name: string; readonly part?: readonly Part[] };

async function explain(path: string, token = machine()): Promise<readonly Part[]> {
  const { status, body } = await server.call('GET', path, { token });
  expect({ status, type: body.resourceType }, JSON.stringify(body)).toEqual({ status: 200, type: 'Parameters' });
  return body.parameter[0].part as readonly Part[];
}
const of = (parts: readonly Part[], name: string) => parts.filter((part) => part.name === name);

describe('_explain', () => {
  it('tells statement, values, access, indexes, rows, time and plan of a page', async () => {
    const parts = await explain('Observation?_sort=-date&_explain=true');
    expect(of(parts, 'sql')[0]?.['valueString']).toMatch(/^WITH .*SELECT .* FROM resource_observation/);
    expect(of(parts, 'values')[0]?.['valueInteger']).toBe(of(parts, 'value').length);
    expect(of(parts, 'access').map(({ part }) => part)).toEqual([
      [
        { name: 'type', valueCode: 'Observation' },
        { name: 'condition', valueString: 'true' },
      ],
    ]);
    expect(of(parts, 'rows')[0]?.['valueInteger']).toBe(3);
    expect(of(parts, 'milliseconds')[0]?.['valueDecimal']).toBeGreaterThan(0);
    const plan = JSON.parse(of(parts, 'plan')[0]?.['valueString'] as string) as Record<string, unknown>;
    expect(plan).toMatchObject({ 'Actual Rows': 3 });
    const indexes = of(parts, 'index').map((part) => part['valueString'] as string);
    expect(indexes.every((name) => JSON.stringify(plan).includes(`"Index Name":"${name}"`))).toBe(true);
    expect(indexes).toContainEqual(expect.stringMatching(/^resource_observation_/));
  });

  it('has only values of the query, and nothing that was found', async () => {
    const parts = await explain('Observation?patient.family=Secret&code=x&_explain=true&_include=Observation:subject');
    const text = JSON.stringify(parts);
    expect(of(parts, 'value').some((part) => (part['valueString'] as string).includes('secret'))).toBe(true);
    expect(text).not.toContain('Secretly');
    expect(of(parts, 'access').map(({ part }) => part![0]!['valueCode'])).toEqual(['Observation', 'Patient']);
  });

  it('explains a count, and the page of a link', async () => {
    const [count] = of(await explain('Observation?_summary=count&_explain=true'), 'sql');
    expect(count?.['valueString']).toMatch(/^SELECT count/);
    const page = await server.call('GET', 'Observation?_sort=-date&_count=1', { token: machine() });
    const next = page.body.link.find(({ relation }: { relation: string }) => relation === 'next').url as string;
    const parts = await explain(`${next.slice(base.length + 1)}&_explain=true`);
    expect(of(parts, 'sql')[0]?.['valueString']).toContain('IS NULL');
  });

  it.each([
    ['a user with user/*.cruds', 'user/*.cruds', {}],
    ['an administrator of one type', 'user/Observation.s admin/*.cruds', {}],
    ['an administrator of a category', 'user/*.s?_id=a user/Observation.s admin/Job.r', {}],
    ['an administrator of other things', 'user/*.cruds admin/User.cruds', {}],
    ['a user with system/*.s', 'system/*.s user/*.cruds', {}],
    ['a machine of one type', 'system/Observation.s', claims],
    ['a machine that may not search', 'system/*.r system/Observation.s', claims],
    ['a machine of a category', 'system/Observation.s system/Observation.s?category=laboratory', claims],
    ['an app of a patient', 'patient/*.cruds', { patient: 'p' }],
  ])('refuses %s, whatever the setting', async (_who, scope, rest) => {
    for (const one of [server, silent]) {
      const answer = await one.call('GET', 'Observation?_explain=true', { token: one.token(scope, rest) });
      expect(answer.status).toBe(403);
      expect(reasonsOf(answer)).toContain('scope-insufficient');
    }
  });

  it('tells an administrator who searches everything the plan, as it tells a machine', async () => {
    const parts = await explain('Observation?_sort=-date&_explain=true', server.token('user/*.s admin/Job.r'));
    expect(of(parts, 'withheld')).toEqual([]);
    expect(of(parts, 'plan')).toHaveLength(1);
    expect(of(parts, 'rows')[0]?.['valueInteger']).toBe(3);
  });

  it('gives a user no plan once some Consent denies something', async () => {
    const token = server.token('user/*.s admin/Job.r');
    const consent = {
      resourceType: 'Consent',
      id: 'no',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: { reference: 'Patient/p' },
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] },
      provision: { type: 'deny' },
    };
    const put = await server.call('PUT', 'Consent/no', { token: machine(), body: consent });
    expect(put.status, put.text).toBe(201);
    const { body } = await server.call('GET', 'Observation?_explain=true', { token });
    const statements = body.parameter.map(({ part }: { part: readonly Part[] }) => part) as (readonly Part[])[];
    for (const name of ['plan', 'rows', 'index', 'value', 'milliseconds'])
      expect(statements.flatMap((parts) => of(parts, name))).toEqual([]);
    expect((await server.call('DELETE', 'Consent/no', { token: machine() })).status).toBe(204);
    expect(of(await explain('Observation?_explain=true', token), 'plan')).toHaveLength(1);
  });

  it('gives an administrator whom a policy limits no plan, and none of the values', async () => {
    const admin = await adminApi(server);
    const rule = { types: ['Observation'], constrain: 'status=amended' };
    const limited = { description: 'x', assignedTo: { clients: ['limited'] }, rules: [rule] };
    expect((await admin.call('PUT', 'policies/limits', limited)).status).toBe(200);
    const token = server.token('user/*.s admin/Job.r', { client_id: 'limited' });
    const parts = await explain('Observation?_explain=true', token);
    expect(of(parts, 'withheld')[0]?.['valueString']).toContain('limits rows');
    expect(['plan', 'rows', 'index', 'value', 'milliseconds'].flatMap((name) => of(parts, name))).toEqual([]);
    expect((await admin.call('DELETE', 'policies/limits')).status).toBe(204);
  });

  it('names the setting where it is off', async () => {
    const answer = await silent.call('GET', 'Observation?_explain=true', { token: machine('system/*.s', silent) });
    expectOutcome(answer, 400, /not-supported/);
    expect(answer.body.issue[0].diagnostics).toContain('SEARCH_EXPLAIN=on');
  });

  it('gives no plan where the database holds another tenant, whose rows it would count', async () => {
    await runSql(
      server,
      `INSERT INTO resource SELECT (jsonb_populate_record(r, '{"tenant": 2}')).* FROM resource AS r WHERE id = 'a'`,
    );
    const parts = await explain('Observation?_sort=-date&_explain=true');
    expect(of(parts, 'withheld')[0]?.['valueString']).toContain('other tenants');
    expect([...of(parts, 'plan'), ...of(parts, 'rows'), ...of(parts, 'milliseconds')]).toEqual([]);
    expect(of(parts, 'sql')).toHaveLength(1);
    await runSql(server, `DELETE FROM resource WHERE tenant = 2`);
    expect(of(await explain('Observation?_explain=true'), 'plan')).toHaveLength(1);
  });

  it('shows both statements where Consents may limit the caller, and when each is sent', async () => {
    const strict = await startServer({ SEARCH_EXPLAIN: 'on', CONSENT: 'all' });
    try {
      for (const query of ['_sort=-date', '_summary=count']) {
        const path = `Observation?${query}&_explain=true`;
        const { body } = await strict.call('GET', path, { token: strict.token('system/*.cruds', claims) });
        const statements = body.parameter.map(({ part }: { part: readonly Part[] }) => part) as (readonly Part[])[];
        const sql = statements.map((parts) => of(parts, 'sql')[0]?.['valueString'] as string);
        expect(statements.map((parts) => of(parts, 'when')[0]?.['valueString'])).toEqual([
          'while no Consent denies anything',
          'once some Consent denies something',
        ]);
        expect(sql.map((text) => text.includes('lanyard_consent_denies'))).toEqual([false, true]);
        expect(sql.map((text) => text.includes('FROM consent_rule'))).toEqual([true, true]);
        expect(statements.map((parts) => of(parts, 'plan').length)).toEqual([1, 0]);
        const conditions = statements.map((parts) => of(parts, 'access')[0]?.part?.[1]?.['valueString']);
        expect(conditions).toEqual(['true', expect.stringContaining('consent_rule')]);
      }
    } finally {
      await strict.close();
    }
  });

  it('takes true and false only', async () => {
    const answer = await server.call('GET', 'Observation?_explain=yes', { token: machine() });
    expectOutcome(answer, 400, /invalid/);
    expect(answer.body.issue[0].diagnostics).toContain('true, false');
    const { body } = await server.call('GET', 'Observation?_explain=false', { token: machine() });
    expect(body).toMatchObject({ resourceType: 'Bundle', total: 3 });
  });
});
