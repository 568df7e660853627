// What a package would make of stored resources, before it is installed (docs/adr/0115)
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlanTurns } from '../../src/app/packages/plan-turns.js';
import type { Judged } from '../../src/fhir/packages/judge-stored.js';
import { PackageInstaller } from '../../src/fhir/packages/package-installer.js';
import { folder } from '../../src/fhir/packages/package-source.js';
import { lanyard } from '../support/command-line.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const guide = 'http://guide.example';
const claimed = `${guide}/StructureDefinition/patient`;

const profile = (version: string, element: readonly object[]) => ({
  resourceType: 'StructureDefinition',
  id: 'patient',
  url: claimed,
  version,
  name: 'GuidePatient',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
});
const needs = (name: string) => ({ id: `Patient.${name}`, path: `Patient.${name}`, min: 1 });
const bound = (valueSet: string) => ({
  id: 'Patient.maritalStatus',
  path: 'Patient.maritalStatus',
  binding: { strength: 'required', valueSet },
});
const states = `${guide}/ValueSet/states`;
const valueSet = (version: string, ...codes: readonly string[]) => ({
  resourceType: 'ValueSet',
  id: 'states',
  url: states,
  version,
  name: 'States',
  status: 'active',
  compose: { include: [{ system: 'urn:state', concept: codes.map((code) => ({ code })) }] },
});

let place: string;
let database: FreshDatabase;
let server: TestServer;
beforeAll(async () => {
  place = await packagesFolder();
  const write = (version: string, resources: readonly { resourceType: string; id: string }[], name = 'guide.example') =>
    writePackage(place, { name, version, resources });
  await write('1.0.0', [profile('1.0.0', [bound(states)]), valueSet('1.0.0', 'm', 's')]);
  await write('2.0.0', [profile('2.0.0', [needs('birthDate')])]);
  await write('2.1.0', [profile('2.1.0', [])]);
  await write('1.0.0', [valueSet('2.0.0', 'm')], 'guide.codes');
  database = await freshDatabase();
  server = await startServer({ PACKAGES: place }, [], { ...database, drop: async () => undefined });
  for (const [id, changes] of Object.entries(patients)) await put(id, changes);
});
afterAll(async () => {
  await server.close();
  await database.drop();
  await rm(place, { recursive: true });
});

const state = (code: string) => ({ maritalStatus: { coding: [{ system: 'urn:state', code }] } });
const patients: Readonly<Record<string, object>> = {
  born: { meta: { profile: [claimed] }, birthDate: '1970-01-01', ...state('m') },
  versioned: { meta: { profile: [`${claimed}|1.0.0`] }, ...state('m') },
  unborn: { meta: { profile: [claimed] }, name: [{ family: 'Secret' }], ...state('s') },
  other: { name: [{ family: 'Secret' }] },
};
const put = async (id: string, changes: object): Promise<void> => {
  const body = { resourceType: 'Patient', id, ...changes };
  const answer = await server.call('PUT', `Patient/${id}`, { token: server.token('user/*.cruds'), body });
  expect(answer.status, answer.text).toBe(201);
};
const run = (variables: object, ...args: string[]) =>
  lanyard({ DATABASE_URL: database.url, PACKAGES: place, ...variables }, ['package', ...args]);
const planOver = (query: string, version: string, scope = 'admin/Definition.c user/*.rs'): Promise<Answer> =>
  server.call('POST', `/admin/packages/plan${query}`, {
    token: server.token(scope),
    headers: { 'content-type': 'application/json' },
    body: { name: 'guide.example', version },
  });

/** By the server itself: commands take seconds to begin. */
const planned = async (judged: Judged, ...packages: readonly string[]) =>
  server.app.get(PackageInstaller).plan(
    packages.map((one) => folder(join(place, one))),
    { resources: { judged, mayName: () => Promise.resolve(true) } },
  );

describe('a plan says what it makes of stored resources', () => {
  it.each(['all', { sample: 3 }] as const)('that claim a profile which is not installed yet: %j', async (judged) => {
    const [{ resources } = {}] = await planned(judged, 'guide.example#2.0.0');
    expect(resources).toEqual({
      judged: judged === 'all' ? 'all' : 'sample',
      checked: 3,
      // That of the version 1.0.0 claims nothing that is there.
      becomeInvalid: 1,
      suppressed: 0,
      profiles: [
        {
          type: 'Patient',
          profile: claimed,
          checked: 3,
          becomeInvalid: 1,
          stayInvalid: 0,
          becomeValid: 0,
          examples: [
            {
              reference: 'Patient/unborn',
              findings: [
                {
                  code: 'missing-element',
                  expression: 'Patient.birthDate',
                  asked: `${claimed}|2.0.0#Patient.birthDate`,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('by the suppression rules in force, and says how many errors they let pass', async () => {
    const rule = {
      code: 'missing-element',
      path: 'Patient.birthDate',
      reason: 'They follow in January.',
      until: '2027-12-31',
    };
    const change = async (method: string, body?: object) => {
      const options = { token: server.token('admin/Definition.cud'), headers: { 'content-type': 'application/json' } };
      const answer = await server.call(method, '/admin/suppression-rules/births', {
        ...options,
        ...(body && { body }),
      });
      expect(answer.status, answer.text).toBeLessThan(300);
    };
    await change('PUT', rule);
    const [plan] = await planned('all', 'guide.example#2.0.0');
    expect(plan?.resources).toMatchObject({
      checked: 3,
      becomeInvalid: 0,
      suppressed: 1,
      profiles: [{ checked: 3, becomeInvalid: 0, examples: [] }],
    });
    expect((await planOver('?resources=sample', '2.0.0')).body.resources).toMatchObject({
      becomeInvalid: 0,
      suppressed: 1,
    });
    expect((await run({}, 'plan', 'guide.example@2.0.0')).output).toContain(
      'Of 3 resources of a sample, 0 would become invalid.\nSuppression rules let 1 error of them pass',
    );
    await change('PUT', { ...rule, path: 'Patient.name' });
    expect((await planned('all', 'guide.example#2.0.0'))[0]?.resources).toMatchObject({
      becomeInvalid: 1,
      suppressed: 0,
    });
    await change('DELETE');
  });

  it('of a sample as large as was asked for', async () => {
    const [plan] = await planned({ sample: 2 }, 'guide.example#2.0.0');
    expect(plan?.resources).toMatchObject({ judged: 'sample', checked: 2 });
  });

  it('in words, and as before without', async () => {
    const { exitCode, output } = await run({}, 'plan', 'guide.example@2.0.0');
    expect(exitCode).toBe(3);
    expect(output).toContain('Of 3 resources of a sample, 1 would become invalid.');
    expect(output).toContain(
      `Patient/unborn: missing-element at Patient.birthDate, asked by ${claimed}|2.0.0#Patient.birthDate`,
    );
    expect(output).not.toContain('Secret');
    const without = await run({}, 'plan', 'guide.example@2.0.0', '--resources', 'none', '--json');
    expect(JSON.parse(without.output)[0]).not.toHaveProperty('resources');
    const wrong = await run({}, 'plan', 'guide.example@2.0.0', '--resources', 'sample:0');
    expect([wrong.exitCode, wrong.remarks]).toEqual([2, expect.stringContaining('--resources is all, none, sample')]);
  });

  it('of a type that has to meet a profile, whatever they claim', async () => {
    const variables = { VALIDATION_PROFILES: JSON.stringify({ Patient: [claimed] }) };
    const { output } = await run(variables, 'plan', 'guide.example@2.0.0', '--resources', 'all', '--json');
    expect(JSON.parse(output)[0].resources.profiles).toMatchObject([
      // A required profile that is not installed makes all of them invalid today.
      { type: 'Patient', profile: claimed, checked: 4, becomeInvalid: 0, stayInvalid: 3, becomeValid: 1 },
    ]);
  });

  it('by what is installed and what is planned together', async () => {
    expect((await run({}, 'install', 'guide.example@1.0.0')).exitCode).toBe(0);
    const [codes] = await planned('all', 'guide.codes#1.0.0');
    expect(codes?.resources).toMatchObject({
      checked: 3,
      becomeInvalid: 1,
      profiles: [
        {
          profile: claimed,
          becomeInvalid: 1,
          examples: [
            {
              reference: 'Patient/unborn',
              findings: [{ code: 'code-not-in-value-set', expression: 'Patient.maritalStatus' }],
            },
          ],
        },
      ],
    });
    // Of several packages all of them count, and a version that is installed keeps what names it.
    const [, both] = await planned('all', 'guide.example#2.0.0', 'guide.example#2.1.0');
    expect(both?.resources).toMatchObject({ checked: 3, becomeInvalid: 0 });
    const [installed] = await planned('all', 'guide.example#1.0.0');
    expect(installed).not.toHaveProperty('resources');
  });

  it('and changes nothing', async () => {
    expect((await run({}, 'list', '--json')).output).not.toContain('2.0.0');
    const found = await server.call('GET', `StructureDefinition?url=${claimed}`, { token: server.token('user/*.rs') });
    expect(found.body.total).toBe(1);
  });
});

describe('the administration API', () => {
  it('judges a sample where it is asked to', async () => {
    expect((await planOver('', '2.0.0')).body).not.toHaveProperty('resources');
    expect((await planOver('?resources=sample:10', '2.0.0')).body.resources).toMatchObject({
      judged: 'sample',
      checked: 3,
      becomeInvalid: 1,
      profiles: [{ examples: [{ reference: 'Patient/unborn' }] }],
    });
  });

  it('makes few plans at once, and refuses others before they are read', async () => {
    const turns = server.app.get(PlanTurns);
    const ends: (() => void)[] = [];
    const held = ['a', 'b'].map((subject) =>
      turns.run({ issuer: 'https://i.example', subject }, () => new Promise<void>((end) => ends.push(end))),
    );
    const answer = await planOver('', '2.0.0');
    expect([answer.status, answer.headers['retry-after'], answer.body]).toEqual([
      429,
      '5',
      { error: expect.any(String), error_description: expect.stringContaining('2 plans are being made') },
    ]);
    for (const end of ends) end();
    await Promise.all(held);
    expect((await planOver('', '2.0.0')).status).toBe(200);
  });

  it.each(['all', 'sample:0', 'sample:101', 'sample:', 'x', 'sample:1e9'])('refuses resources=%s', async (which) => {
    const answer = await planOver(`?resources=${which}`, '2.0.0');
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining('lanyard package plan FILE --resources all'),
    ]);
  });
});

it('many resources are judged page by page, until nobody waits', async () => {
  const entry = Array.from({ length: 450 }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/many-${n}` },
    resource: {
      resourceType: 'Patient',
      id: `many-${n}`,
      ...(n % 3 !== 0 && { meta: { profile: [claimed] } }),
      ...(n % 2 === 0 && { birthDate: '1970-01-01' }),
    },
  }));
  const body = { resourceType: 'Bundle', type: 'batch', entry };
  expect((await server.call('POST', '', { token: server.token('user/*.cruds'), body })).status).toBe(200);
  const [plan] = await planned('all', 'guide.example#2.0.0');
  expect(plan?.resources).toMatchObject({ checked: 303, becomeInvalid: 151 });
  const gone = new AbortController();
  let judged = 0;
  const stopped = server.app.get(PackageInstaller).plan([folder(join(place, 'guide.example#2.0.0'))], {
    resources: {
      judged: 'all',
      signal: gone.signal,
      progress: (resources) => {
        judged = resources;
        if (resources === 10) gone.abort(new Error('gone'));
      },
      mayName: () => Promise.resolve(true),
    },
  });
  await expect(stopped).rejects.toThrow('gone');
  expect(judged).toBe(10);
});
