// Profiles of installed packages in writes and in $validate (docs/validation.md, docs/adr/0075)
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const guide = 'http://guide.example/StructureDefinition';
const core = 'http://hl7.org/fhir/StructureDefinition';

const profile = (id: string, version: string, element: readonly object[], more: object = {}) => ({
  resourceType: 'StructureDefinition',
  id,
  url: `${guide}/${id}`,
  version,
  name: 'P',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: `${core}/Patient`,
  derivation: 'constraint',
  differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
  ...more,
});

const atLeast = (name: string) => ({ id: `Patient.${name}`, path: `Patient.${name}`, min: 1 });
const invariant = (expression: string) => ({
  id: 'Patient.name',
  path: 'Patient.name',
  constraint: [{ key: 'g-1', severity: 'error', human: 'x', expression }],
});

const first = [
  profile('named', '1.0.0', [atLeast('name')]),
  profile('itself', '1.0.0', [atLeast('name')], { baseDefinition: `${guide}/itself` }),
  profile('endless', '1.0.0', [invariant('(1).repeat($this + 1).exists()')]),
  profile('unreadable', '1.0.0', [invariant('name.where(')]),
];
const second = [profile('named', '2.0.0', [atLeast('name'), atLeast('birthDate')])];

let place: string;
let server: TestServer;
beforeAll(async () => {
  place = await packagesFolder();
  await writePackage(place, { name: 'guide.example', version: '1.0.0', resources: first });
  await writePackage(place, { name: 'guide.example', version: '2.0.0', resources: second });
  server = await start();
});
afterAll(async () => {
  await server.close();
  await rm(place, { recursive: true });
});

const start = (settings: Record<string, string> = {}) =>
  startServer({ PACKAGES: place, IMPLEMENTATION_GUIDES: 'guide.example@1.0.0,guide.example@2.0.0', ...settings });
const call = (method: string, path: string, body?: object, of = server): Promise<Answer> =>
  of.call(method, path, {
    token: of.token('user/*.cruds'),
    ...(body && { body }),
    headers: { prefer: 'return=OperationOutcome' },
  });

const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Aal</div>' };
const patient = (changes: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', text, ...changes });
const claiming = (id: string, changes: JsonObject = {}): JsonObject =>
  patient({ meta: { profile: [`${guide}/${id}`] }, ...changes });
const name = [{ family: 'Aal' }];
const issuesOf = ({ body }: Answer) =>
  body.issue.map(
    (issue: { severity: string; details?: { coding?: readonly { code: string }[] }; expression?: readonly string[] }) =>
      [issue.severity, issue.details?.coding?.[0]?.code ?? '', ...(issue.expression ?? [])].join(' '),
  );

const placesOf = ({ body }: Answer) =>
  body.issue.map(({ extension = [] }: { extension?: readonly { valueInteger: number }[] }) =>
    extension.map(({ valueInteger }) => valueInteger),
  );

describe('a write of content that claims a profile', () => {
  it('is 422 with who asked and the cure, by the version that is claimed or the newest', async () => {
    const answer = await call('POST', 'Patient', claiming('named'));
    expectOutcome(answer, 422, /http:\/\/guide.example\/StructureDefinition\/named\|2.0.0#Patient.birthDate/);
    expect(issuesOf(answer)).toEqual(['error missing-element Patient.name', 'error missing-element Patient.birthDate']);
    expect(answer.body.issue[0].details.text).toContain('Add it.');
    expect(placesOf(answer)).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(issuesOf(await call('POST', 'Patient', claiming('named|1')))).toEqual([
      'error missing-element Patient.name',
    ]);
    expect((await call('POST', 'Patient', claiming('named|1.0.0', { name }))).status).toBe(201);
  });

  it('is 422 for entries of a transaction, and for resources in a Bundle', async () => {
    const entry = putting({ ...claiming('named'), id: 'e' });
    const whole = await call('POST', '', aBundle('transaction', entry));
    expect([whole.status, issuesOf(whole)[0]]).toEqual([422, 'error missing-element Bundle.entry[0].resource.name']);
    const collection = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: claiming('named') }] };
    expect(issuesOf(await call('POST', 'Bundle', collection))[0]).toBe(
      'error missing-element Bundle.entry[0].resource.name',
    );
  });

  it('says that a profile is not installed', async () => {
    const answer = await call('POST', 'Patient', claiming('other'));
    expect([answer.status, ...issuesOf(answer)]).toEqual([201, 'warning unknown-profile Patient.meta.profile[0]']);
  });

  it.each([
    ['is its own base', 'itself', 201, 'warning broken-profile Patient.meta.profile[0]'],
    ['has an invariant that never ends', 'endless', 201, 'warning invariant-not-evaluated Patient.name[0]'],
    ['has an invariant that nobody can read', 'unreadable', 201, 'warning invariant-not-evaluated Patient.name[0]'],
  ])('is made with a warning where it %s', async (_, id, status, issue) => {
    const answer = await call('POST', 'Patient', claiming(id, { name }));
    expect([answer.status, ...issuesOf(answer)]).toEqual([status, issue]);
  });
});

describe('extensions', () => {
  it('are held to the definitions of R4 and of packages, and a modifier has to be known', async () => {
    const extended = (extension: JsonObject, list = 'extension') =>
      call('POST', 'Patient', patient({ [list]: [extension] }));
    const birthPlace = `${core}/patient-birthPlace`;
    expect(reasonsOf(await extended({ url: birthPlace, valueString: 'x' }))).toEqual(['type-not-allowed']);
    expect((await extended({ url: birthPlace, valueAddress: { city: 'x' } })).status).toBe(201);
    expect((await extended({ url: 'http://example.org/x', valueString: 'x' })).status).toBe(201);
    expect(reasonsOf(await extended({ url: 'http://example.org/x', valueString: 'x' }, 'modifierExtension'))).toEqual([
      'unknown-modifier-extension',
    ]);
  });
});

describe('settings of validation', () => {
  it('require profiles for a type, name them in the CapabilityStatement, and make unknown claims an error', async () => {
    const of = await start({ VALIDATION_PROFILES: `{"Patient":["${guide}/named|1.0.0"]}`, UNKNOWN_PROFILES: 'error' });
    try {
      expect(issuesOf(await call('POST', 'Patient', patient(), of))).toEqual(['error missing-element Patient.name']);
      expect((await call('POST', 'Patient', patient({ name }), of)).status).toBe(201);
      expect(issuesOf(await call('POST', 'Patient', claiming('other', { name }), of))).toEqual([
        'error unknown-profile Patient.meta.profile[0]',
      ]);
      const { body } = await of.call('GET', 'metadata');
      const [one] = body.rest[0].resource.filter(({ type }: { type: string }) => type === 'Patient');
      expect(one.supportedProfile).toContain(`${guide}/named|1.0.0`);
    } finally {
      await of.close();
    }
  });

  it('make warnings of profiles with VALIDATION=structure, but for $validate', async () => {
    const of = await start({ VALIDATION: 'structure' });
    try {
      const made = await call('POST', 'Patient', claiming('named|1'), of);
      expect([made.status, ...issuesOf(made)]).toEqual([201, 'warning missing-element Patient.name']);
      const asked = await call('POST', `Patient/$validate?profile=${guide}/named|1`, patient(), of);
      expect(issuesOf(asked)).toEqual(['error missing-element Patient.name']);
    } finally {
      await of.close();
    }
  });
});

describe('$validate', () => {
  const validate = (resource: JsonObject, ...more: readonly object[]) =>
    call('POST', `${resource['resourceType'] as string}/$validate`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource }, ...more],
    });

  it('checks a profile that is asked about, besides those that are claimed', async () => {
    const asked = { name: 'profile', valueUri: `${guide}/named|1` };
    for (const mode of ['create', 'profile'])
      expect(issuesOf(await validate(patient(), asked, { name: 'mode', valueCode: mode }))).toEqual([
        'error missing-element Patient.name',
      ]);
    expect(issuesOf(await validate(claiming('named', { name }), asked))).toEqual([
      'error missing-element Patient.birthDate',
    ]);
    expect(issuesOf(await validate(patient({ name }), asked))).toEqual(['information ']);
    const other = claiming('other');
    const sent = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'resource', resource: other }] });
    expect(placesOf(await validate(other))).toEqual([[1, sent.indexOf(`"${guide}/other`) + 1]]);
    expect(issuesOf(await validate(patient(), { name: 'profile', valueUri: `${guide}/none` }))).toEqual([
      'error unknown-profile Patient',
    ]);
  });

  it('checks what is in a Bundle', async () => {
    const entry = [{ resource: patient() }, { resource: claiming('named|1') }];
    expect(issuesOf(await validate({ resourceType: 'Bundle', type: 'collection', entry }))).toEqual([
      'error missing-element Bundle.entry[1].resource.name',
    ]);
  });
});
