// Findings of validation that an administrator lets pass for a time (docs/validation.md, docs/adr/0113)
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { rowsOf } from '../support/connection.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { startServer, type TestServer } from '../support/server.js';
import { until } from '../support/tenants.js';

const profile = 'http://guide.example/StructureDefinition/named';
const definition = {
  resourceType: 'StructureDefinition',
  id: 'named',
  url: profile,
  version: '1.0.0',
  name: 'Named',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: {
    element: [
      {
        id: 'Patient',
        path: 'Patient',
        constraint: [{ key: 'n-1', severity: 'error', human: 'Active is said', expression: 'active.exists()' }],
      },
      { id: 'Patient.name', path: 'Patient.name', min: 1 },
    ],
  },
};

let place: string;
let database: FreshDatabase;
let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  place = await packagesFolder();
  await writePackage(place, { name: 'guide.example', version: '1.0.0', resources: [definition] });
  database = await freshDatabase();
  const kept = { ...database, drop: async () => undefined };
  const settings = { PACKAGES: place, IMPLEMENTATION_GUIDES: 'guide.example@1.0.0' };
  server = await startServer(settings, [], kept);
  other = await startServer(settings, [], kept);
});
afterAll(async () => {
  await server.close();
  await other.close();
  await database.drop();
  await rm(place, { recursive: true });
});

const rules = '/admin/suppression-rules';
const rule = { code: 'obs-6', reason: 'The lab corrects it in January.', until: '2027-12-31' };
const admin = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  server.call(method, `${rules}${path}`, {
    token: server.token('admin/Definition.cruds'),
    headers: { 'content-type': 'application/json', ...headers },
    ...(body && { body }),
  });
const send = (path: string, body: object, of = server) =>
  of.call('POST', path, {
    token: of.token('user/*.cruds'),
    headers: { prefer: 'return=OperationOutcome' },
    body,
  });
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  valueString: 'x',
  dataAbsentReason: { text: 'x' },
};
const patient = { resourceType: 'Patient', meta: { profile: [profile] } };

interface FoundIssue {
  readonly severity: string;
  readonly diagnostics: string;
  readonly details: { readonly coding: readonly { readonly code: string }[]; readonly text: string };
}
const issueOf = (outcome: { issue: readonly FoundIssue[] }, code: string): FoundIssue | undefined =>
  outcome.issue.find(({ details }) => details?.coding?.[0]?.code === code);

describe('a finding that a rule suppresses', () => {
  it('is information that names the rule, in writes and in $validate, and refuses no write', async () => {
    const before = await send('Observation', observation);
    expect([before.status, issueOf(before.body, 'obs-6')?.severity]).toEqual([422, 'error']);
    const made = await admin('PUT', '/lab', rule);
    expect([made.status, made.body]).toEqual([200, expect.objectContaining({ ...rule, version: 1, isOver: false })]);
    const { text } = issueOf(before.body, 'obs-6')!.details;
    for (const path of ['Observation', 'Observation/$validate', 'Observation/$validate?mode=create']) {
      const { status, body } = await send(path, observation);
      expect(status).toBeLessThan(300);
      const found = issueOf(body, 'obs-6')!;
      expect([found.severity, found.details.text]).toEqual(['information', text]);
      expect(found.diagnostics).toContain(
        'This error is suppressed until 2027-12-31 by the rule "lab": The lab corrects it in January.',
      );
    }
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: observation, request: { method: 'POST', url: 'Observation' } }],
    };
    expect((await send('', bundle)).status).toBe(200);
  });

  it('is known to other servers soon, and counts again when the rule goes', async () => {
    await until(async () => (await send('Observation', observation, other)).status === 201);
    expect((await admin('DELETE', '/lab')).status).toBe(204);
    expect((await send('Observation', observation)).status).toBe(422);
    await until(async () => (await send('Observation', observation, other)).status === 422);
  });

  it('is one of a profile: where that asks, and nowhere else', async () => {
    const found = async () => (await send('Patient/$validate', patient)).body;
    expect(issueOf(await found(), 'missing-element')?.severity).toBe('error');
    for (const [name, part] of [
      ['a', { type: 'Observation' }],
      ['b', { path: 'Patient.birthDate' }],
      ['c', { profile: `${profile}|2.0.0` }],
    ] as const)
      expect((await admin('PUT', `/${name}`, { ...rule, code: 'missing-element', ...part })).status).toBe(200);
    expect(issueOf(await found(), 'missing-element')?.severity).toBe('error');
    const named = { ...rule, code: 'missing-element', profile, type: 'Patient', path: 'Patient.name' };
    expect((await admin('PUT', '/d', named)).status).toBe(200);
    expect((await admin('PUT', '/e', { ...rule, code: 'n-1', profile })).status).toBe(200);
    const outcome = await found();
    expect(['missing-element', 'n-1'].map((code) => issueOf(outcome, code)?.severity)).toEqual([
      'information',
      'information',
    ]);
    expect((await send('Patient', patient)).status).toBe(201);
    // R4's own cardinality is not the profile's.
    const wrong = { resourceType: 'Observation', code: { text: 'x' } };
    expect((await admin('PUT', '/f', { ...rule, code: 'missing-element' })).status).toBe(200);
    expect(issueOf((await send('Observation/$validate', wrong)).body, 'missing-element')?.severity).toBe('error');
    for (const name of 'abcdef') expect((await admin('DELETE', `/${name}`)).status).toBe(204);
  });
});

describe('a rule', () => {
  it('is replaced and removed by version', async () => {
    expect((await admin('PUT', '/v', rule, { 'if-match': '1' })).status).toBe(412);
    expect((await admin('PUT', '/v', rule)).body.version).toBe(1);
    expect((await admin('PUT', '/v', { ...rule, reason: 'other' }, { 'if-match': 'W/"1"' })).body.version).toBe(2);
    expect((await admin('PUT', '/v', rule, { 'if-match': '1' })).status).toBe(412);
    expect((await admin('DELETE', '/v', undefined, { 'if-match': '1' })).status).toBe(412);
    expect((await admin('PUT', '/v', rule, { 'if-match': 'x' })).status).toBe(400);
    expect((await admin('GET', '/v')).body).toMatchObject({ reason: 'other', version: 2 });
    expect((await admin('DELETE', '/v', undefined, { 'if-match': '2' })).status).toBe(204);
    expect((await admin('GET', '/v')).status).toBe(404);
    expect((await admin('DELETE', '/v')).status).toBe(404);
  });

  it.each([
    [{ ...rule, code: 'no-such-finding' }, 'Name the profile'],
    [{ ...rule, code: 'n-2', profile }, 'has no such invariant'],
    [{ ...rule, until: '2020-01-01' }, 'in the past'],
    [{ code: 'obs-6', until: '2027-12-31' }, 'reason'],
    [{ ...rule, reason: 'x'.repeat(100_000) }, ''],
    [{ ...rule, name: 'other' }, 'address'],
    [{ ...rule, regex: '(a+)+$' }, 'not known'],
  ])('that is wrong is refused: %j', async (body, fact) => {
    const answer = await admin('PUT', '/wrong', body);
    expect([400, 413]).toContain(answer.status);
    expect(answer.text).toContain(fact);
    expect((await admin('GET', '/wrong')).status).toBe(404);
  });

  it('is one of 200 at most', async () => {
    const body = JSON.stringify(rule);
    await rowsOf(
      database.connection,
      `INSERT INTO suppression_rule SELECT 1, 'many-' || n, 1, '${body}', 'x' FROM generate_series(0, 199) AS n`,
    );
    const more = await admin('PUT', '/many-200', rule);
    expect([more.status, more.text]).toEqual([400, expect.stringContaining('200 suppression rules')]);
    expect((await admin('PUT', '/many-7', { ...rule, reason: 'again' })).status).toBe(200);
    await rowsOf(database.connection, 'DELETE FROM suppression_rule');
  });
});

describe('lanyard validation', () => {
  const run = (...args: string[]) => lanyard({ DATABASE_URL: database.url }, ['validation', ...args]);
  const given = ['--code', 'obs-6', '--until', '2027-12-31', '--reason', 'why'];

  it('suppresses, lists and removes', async () => {
    expect(await run('suppress', 'lab', ...given, '--type', 'Observation')).toMatchObject({ exitCode: 0 });
    expect((await run('list')).output).toMatch(/lab +obs-6 +Observation +2027-12-31 .*why/);
    expect(JSON.parse((await run('list', '--json')).output)).toMatchObject({ rules: [{ name: 'lab', version: 1 }] });
    await until(async () => (await send('Observation', observation)).status === 201);
    expect((await run('remove', 'lab')).exitCode).toBe(0);
    expect((await run('remove', 'lab')).exitCode).not.toBe(0);
  });

  it('says what is wrong', async () => {
    const { exitCode, remarks } = await run('suppress', 'lab', ...given.with(1, 'unknown-element'));
    expect([exitCode !== 0, remarks]).toEqual([true, expect.stringContaining('always counts')]);
  });
});

describe('lanyard apply', () => {
  const file = () => join(place, 'rules.yaml');
  const apply = (...more: string[]) => lanyard({ DATABASE_URL: database.url }, ['apply', '-f', file(), ...more]);
  const declare = (...suppressionRules: readonly object[]) => writeFile(file(), JSON.stringify({ suppressionRules }));
  const stored = async () => (await admin('GET', '')).body.rules as readonly { name: string; until: string }[];
  const named = (name: string, more: object = {}) => ({ name, ...rule, ...more });

  it('makes suppression rules as files declare them, and then changes nothing', async () => {
    await declare(named('lab'), named('profile', { code: 'missing-element', profile, path: 'Patient.name' }));
    const planned = await apply('--dry-run');
    expect([planned.exitCode, planned.remarks, planned.output]).toEqual([
      3,
      expect.any(String),
      '+ suppression rule lab\n+ suppression rule profile\n2 to change. Nothing was changed (--dry-run).',
    ]);
    expect(await stored()).toEqual([]);
    expect((await apply()).output).toContain('2 changed.');
    expect(await stored()).toMatchObject([
      named('lab', { changedBy: 'lanyard apply' }),
      { name: 'profile', profile, path: 'Patient.name' },
    ]);
    expect(await apply('--prune')).toMatchObject({ exitCode: 0, output: 'Nothing to change.' });
    await until(async () => (await send('Observation', observation)).status === 201);
  });

  it('shows what differs, and ends a rule whose declared time is over', async () => {
    await declare(
      named('lab', { reason: 'other' }),
      named('profile', { until: '2020-01-31' }),
      named('new', { until: '2020-01-31' }),
    );
    const { exitCode, output } = await apply();
    expect([exitCode, output.split('\n')]).toEqual([
      0,
      [
        '~ suppression rule lab',
        `    reason: "${rule.reason}" -> "other"`,
        '- suppression rule profile',
        '    its declared time is over; missing-element counts again',
        '2 changed.',
      ],
    ]);
    expect((await stored()).map(({ name }) => name)).toEqual(['lab']);
    expect((await apply()).output).toBe('Nothing to change.');
  });

  it('prunes what it made, and no rule that somebody else wrote last', async () => {
    expect((await admin('PUT', '/by-hand', rule)).status).toBe(200);
    await declare();
    expect((await apply()).output).toBe('Nothing to change.');
    const { output } = await apply('--prune');
    expect(output).toContain('- suppression rule lab\n    it is not declared any more; obs-6 counts again');
    expect((await stored()).map(({ name }) => name)).toEqual(['by-hand']);
    expect((await admin('DELETE', '/by-hand')).status).toBe(204);
  });

  it.each([
    [[named('x', { code: 'unknown-element' })], 'suppressionRules[0]: code: unknown-element always counts'],
    [[named('x', { until: 'soon' })], 'suppressionRules[0]: until: '],
    [[named('x', { until: '2020-01-01', regex: 'x' })], 'suppressionRules[0]: "regex" is not known'],
    [[named('x'), named('x')], '"x" is declared already'],
  ])('changes nothing where a rule is wrong: %j', async (wrong, fact) => {
    await declare(named('right'), ...wrong);
    const { exitCode, remarks } = await apply();
    expect([exitCode, remarks]).toEqual([1, expect.stringContaining(fact.replace('[0]', '[1]'))]);
    expect(await stored()).toEqual([]);
  });
});
