// Implementation guides in /metadata (docs/adr/0052-implementation-guides.md)
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDoctor } from '../../src/app/doctor/run-doctor.js';
import { AppConfig } from '../../src/config/app-config.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { until } from '../support/custom-parameters.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { startServer, type TestServer } from '../support/server.js';

const guide = 'http://guide.example';
const expectation = (valueCode: string) => ({
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation', valueCode }],
});
const combination = (valueCode: string, ...names: readonly string[]) => ({
  url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination',
  extension: [...expectation(valueCode).extension, ...names.map((valueString) => ({ url: 'required', valueString }))],
});

const statementOf = (id: string, resource: readonly object[]) => ({
  resourceType: 'CapabilityStatement',
  id,
  url: `${guide}/CapabilityStatement/${id}`,
  kind: 'requirements',
  fhirVersion: '4.0.1',
  format: ['json', 'turtle'],
  _format: [expectation('SHALL'), expectation('MAY')],
  rest: [{ mode: 'server', resource }],
});

const patient = {
  ...expectation('SHALL'),
  extension: [...expectation('SHALL').extension, combination('SHALL', 'birthdate', 'name')],
  type: 'Patient',
  supportedProfile: [`${guide}/StructureDefinition/patient|1.0.0`],
  interaction: [{ ...expectation('SHALL'), code: 'read' }],
  searchInclude: ['Patient:organization'],
  searchRevInclude: ['Provenance:target'],
  _searchRevInclude: [expectation('SHALL')],
  searchParam: [
    { ...expectation('SHALL'), name: 'tribe', type: 'token' },
    { ...expectation('SHOULD'), name: 'nothing', type: 'token' },
  ],
};
const observation = {
  ...expectation('SHALL'),
  type: 'Observation',
  supportedProfile: [`${guide}/StructureDefinition/observation`],
  operation: [{ ...expectation('SHALL'), name: 'lastn', definition: `${guide}/OperationDefinition/lastn` }],
};
const device = {
  ...expectation('MAY'),
  type: 'Device',
  supportedProfile: [`${guide}/StructureDefinition/device`],
  operation: [{ ...expectation('SHALL'), name: 'beep', definition: `${guide}/OperationDefinition/beep` }],
};
const tribe = {
  resourceType: 'SearchParameter',
  id: 'tribe',
  url: `${guide}/SearchParameter/tribe`,
  name: 'Tribe',
  status: 'active',
  description: 'tribe',
  code: 'tribe',
  base: ['Patient'],
  type: 'token',
  expression: `Patient.extension.where(url = '${guide}/StructureDefinition/tribe').value`,
};
const broken = {
  ...tribe,
  id: 'broken',
  url: `${guide}/SearchParameter/broken`,
  code: 'broken',
  expression: 'Patient.((',
};
const ofR4 = {
  ...tribe,
  id: 'name',
  url: `${guide}/SearchParameter/name`,
  code: 'name',
  type: 'string',
  expression: 'Patient.name',
  derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-name',
};

const resources = [
  statementOf('whole', [patient, device]),
  statementOf('part', [patient, observation]),
  { ...statementOf('client', [patient]), rest: [{ mode: 'client', resource: [patient] }] },
  { resourceType: 'ImplementationGuide', id: 'guide', url: `${guide}/ImplementationGuide/guide` },
  tribe,
  broken,
  ofR4,
];

const settingsOf = (folder: string, guides: string) => ({ PACKAGES: folder, IMPLEMENTATION_GUIDES: guides });

describe('guides that are there', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    folder = await packagesFolder();
    await writePackage(folder, { name: 'guide.example', version: '1.0.0', resources });
    const second = await writePackage(folder, {
      name: 'guide.packed',
      version: '2.0.0',
      resources: [{ ...statementOf('packed', [patient]) }],
    });
    await create({ gzip: true, cwd: second, file: join(folder, 'guide.packed-2.0.0.tgz') }, ['package']);
    await rm(second, { recursive: true });
    server = await startServer(settingsOf(folder, 'guide.example@1.0.0, guide.packed@2.0.0'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const metadata = async () => (await server.call('GET', 'metadata')).body;

  it('are claimed as far as they hold, and no further', async () => {
    const statement = await metadata();
    expect(statement.instantiates).toEqual([
      'http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data',
      `${guide}/CapabilityStatement/whole`,
      `${guide}/CapabilityStatement/packed`,
    ]);
    expect(statement.implementationGuide).toEqual([`${guide}/ImplementationGuide/guide|1.0.0`]);
    const profiles = statement.rest[0].resource.flatMap(
      (one: { supportedProfile?: string[] }) => one.supportedProfile ?? [],
    );
    expect(profiles).toEqual([`${guide}/StructureDefinition/patient`]);
    expect(validateResource(statement).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('bring their search parameters, which are indexed and offered', async () => {
    const token = server.token('user/*.cruds');
    const body = {
      resourceType: 'Patient',
      extension: [{ url: `${guide}/StructureDefinition/tribe`, valueCoding: { system: 'urn:t', code: 'a' } }],
    };
    const { id } = (await server.call('POST', 'Patient', { token, body })).body;
    const found = await server.call('GET', 'Patient?tribe=urn:t|a', { token });
    expect(found.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual([id]);
    expect((await server.call('GET', 'Patient?broken=a', { token })).status).toBe(400);
    const offered = (await metadata()).rest[0].resource.find(
      ({ type }: { type: string }) => type === 'Patient',
    ).searchParam;
    expect(offered).toContainEqual({ name: 'tribe', definition: tribe.url, type: 'token' });
  });

  it('are looked at by the doctor, who lists what does not hold', async () => {
    await server.app.listen(0, '127.0.0.1');
    const base = `${await server.app.getUrl()}/fhir/r4`;
    const config = new AppConfig({
      DATABASE_URL: server.database.url,
      ...settingsOf(folder, 'guide.example@1.0.0,guide.packed@2.0.0'),
    });
    const findings = (await runDoctor(config, { base })).filter(({ group }) => group === 'implementation guides');
    expect(findings.map(({ status, fact }) => `${status} ${fact}`)).toEqual([
      expect.stringMatching(
        /^warning guide\.example@1\.0\.0: "http:\/\/guide\.example\/SearchParameter\/broken" is not offered: The expression/,
      ),
      expect.stringContaining(
        'warning guide.example@1.0.0: not offered, so that /metadata does not claim http://guide.example/CapabilityStatement/part: Observation: operation http://guide.example/OperationDefinition/lastn. Recommended and not offered: Patient: parameter nothing.',
      ),
      expect.stringContaining(
        'ok guide.example@1.0.0: all that http://guide.example/CapabilityStatement/whole requires is offered.',
      ),
      expect.stringContaining(
        'ok guide.packed@2.0.0: all that http://guide.example/CapabilityStatement/packed requires is offered.',
      ),
    ]);
  });
});

it('a guide that comes later has what is stored indexed for it first', async () => {
  const folder = await packagesFolder();
  await writePackage(folder, { name: 'guide.example', version: '1.0.0', resources });
  const before = await startServer();
  const token = before.token('user/*.cruds');
  const extension = [{ url: `${guide}/StructureDefinition/tribe`, valueCoding: { code: 'a' } }];
  await before.call('PUT', 'Patient/old', { token, body: { resourceType: 'Patient', id: 'old', extension } });
  await before.app.close();
  const after = await startServer(settingsOf(folder, 'guide.example@1.0.0'), [], before.database);
  const again = after.token('user/*.cruds');
  const ask = () => after.call('GET', 'Patient?tribe=a', { token: again });
  const found = await until(ask, ({ status }) => status === 200);
  expect(found.body.entry).toHaveLength(1);
  await after.close();
  await before.issuer.close();
  await rm(folder, { recursive: true });
}, 60_000);

describe('the start is refused in one line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await packagesFolder();
    await writePackage(folder, { name: 'guide.five', version: '1.0.0', fhirVersions: ['5.0.0'], resources: [] });
    await writePackage(folder, { name: 'guide.other', version: '1.0.0', resources: [] });
    await rename(join(folder, 'guide.other#1.0.0'), join(folder, 'guide.renamed#1.0.0'));
    await writePackage(folder, { name: 'guide.broken', version: '1.0.0', resources: [] });
    await writeFile(join(folder, 'guide.broken#1.0.0/package/SearchParameter-x.json'), '{');
    await writeFile(join(folder, 'guide.damaged-1.0.0.tgz'), 'no archive');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    [
      'guide.missing',
      /guide\.missing@1\.0\.0 is not there\. Put its package at \S+guide\.missing-1\.0\.0\.tgz \(from https:/,
    ],
    ['guide.five', /guide\.five@1\.0\.0 is for FHIR 5\.0\.0, and this server is R4/],
    ['guide.renamed', /guide\.renamed@1\.0\.0 is another package under its name: "guide\.other", version "1\.0\.0"/],
    ['guide.broken', /guide\.broken@1\.0\.0 has a file that is no JSON object: SearchParameter-x\.json/],
    ['guide.damaged', /guide\.damaged@1\.0\.0 cannot be unpacked: \S+ is no \.tgz, or damaged/],
  ])('for %s', async (name, line) => {
    const start = startServer(settingsOf(folder, `${name}@1.0.0`));
    await expect(start).rejects.toThrow(line);
    await expect(start).rejects.toMatchObject({
      name: 'StartRefused',
      lines: [expect.stringMatching(/^IMPLEMENTATION_GUIDES: /)],
    });
  });

  it('for what names no package', () => {
    expect(() => new AppConfig({ IMPLEMENTATION_GUIDES: '../../etc' })).toThrow(
      /IMPLEMENTATION_GUIDES.* must be packages such as/,
    );
  });
});
