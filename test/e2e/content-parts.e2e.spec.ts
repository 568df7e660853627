// docs/extensions/parts.md: TERMINOLOGY and PROFILE_VALIDATOR of a module
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import {
  PROFILE_VALIDATOR,
  type ProfileFinding,
  type ProfileValidator,
} from '../../src/fhir/hooks/profile-validator.js';
import { TERMINOLOGY, type TerminologyProvider } from '../../src/fhir/interactions/terminology/terminology-provider.js';
import { placeExtension } from '../../src/r4/errors/text-place.js';
import { isObject, type JsonObject } from '../../src/r4/json/json.js';
import { profileValidatorContract } from '../../src/testing/contracts/profile-validator.contract.js';
import { terminologyContract } from '../../src/testing/contracts/terminology.contract.js';
import { anObservation, aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const vitals = 'http://acme.example/ValueSet/vitals';
const codes = 'http://acme.example/codes';
const profile = 'http://acme.example/StructureDefinition/named-patient';

type Fault = 'none' | 'throw' | 'hang' | 'nonsense' | 'other';

class Elsewhere implements TerminologyProvider {
  readonly name = 'elsewhere';
  readonly timeout = 200;
  fault: Fault = 'none';
  asked = 0;
  readonly definitions: Readonly<Record<string, JsonObject>> = {
    [`ValueSet ${vitals}`]: {
      resourceType: 'ValueSet',
      url: vitals,
      status: 'active',
      compose: { include: [{ system: codes, filter: [{ property: 'concept', op: 'is-a', value: 'vital' }] }] },
    },
    [`CodeSystem ${codes}`]: {
      resourceType: 'CodeSystem',
      url: codes,
      status: 'active',
      content: 'complete',
      hierarchyMeaning: 'is-a',
      concept: [{ code: 'vital', concept: [{ code: 'pulse' }] }, { code: 'other' }],
    },
  };

  async find(
    type: 'ValueSet' | 'CodeSystem',
    canonicals: readonly string[],
  ): Promise<readonly (JsonObject | undefined)[]> {
    this.asked++;
    if (this.fault === 'throw') throw new Error('no server at /secret');
    if (this.fault === 'hang') return new Promise<never>(() => undefined);
    if (this.fault === 'nonsense') return 'nothing' as never;
    const found = canonicals.map((name) => this.definitions[`${type} ${name}`]);
    return this.fault === 'other' ? canonicals.map(() => ({ resourceType: type, url: 'http://x.example' })) : found;
  }
}

class NamedPatients implements ProfileValidator {
  readonly name = 'named-patients';
  readonly timeout = 200;
  fault: Fault = 'none';

  validate(
    resource: JsonObject,
    profiles: readonly string[],
  ): readonly ProfileFinding[] | Promise<readonly ProfileFinding[]> {
    if (this.fault === 'throw') throw new Error('no schema at /secret');
    if (this.fault === 'hang') return new Promise<never>(() => undefined);
    if (this.fault === 'nonsense') return [{ severity: 'fine' }] as never;
    if (isObject(resource['meta'])) Reflect.deleteProperty(resource['meta'], 'versionId');
    const unknown = profiles.filter((one) => one !== profile);
    return [
      ...unknown.map((one): ProfileFinding => ({
        severity: 'warning',
        text: `${one} is not known.`,
        code: 'not-found',
      })),
      ...(profiles.includes(profile) && resource['resourceType'] === 'Patient' && resource['name'] === undefined
        ? [
            {
              severity: 'error',
              text: 'A Patient needs a name.',
              expression: 'Patient.name',
              code: 'required',
            } as const,
          ]
        : []),
    ];
  }
}

const [elsewhere, validator] = [new Elsewhere(), new NamedPatients()];
let server: TestServer;
beforeAll(async () => {
  const parts = [
    { provide: TERMINOLOGY, useValue: elsewhere },
    { provide: PROFILE_VALIDATOR, useValue: validator },
  ];
  server = await startServer({}, [FhirModule.forFeature({ name: '@acme/content', parts })]);
});
afterEach(() => {
  elsewhere.fault = 'none';
  validator.fault = 'none';
});
afterAll(() => server.close());

const send = (method: string, path: string, body?: object) =>
  server.call(method, path, { token: server.token('user/*.cruds'), ...(body && { body }) });

describe('terminology from elsewhere', () => {
  terminologyContract({ describe, it }, async () => ({
    provider: new Elsewhere(),
    valueSets: [vitals],
    codeSystems: [codes],
  }));

  const idsOf = async (query: string) => {
    const { body } = await send('GET', query);
    return ((body.entry ?? []) as { resource: { id: string } }[]).map(({ resource }) => resource.id);
  };
  const coded = (code: string) => ({ code: { coding: [{ system: codes, code }] } });

  it('is what searches by value sets and hierarchies go by, and is asked about once', async () => {
    await send('PUT', 'Patient/p1', aPatient({ id: 'p1' }));
    for (const code of ['pulse', 'other'])
      await send('PUT', `Observation/${code}`, { ...anObservation('Patient/p1', coded(code)), id: code });
    expect(await idsOf(`Observation?code:in=${vitals}`)).toEqual(['pulse']);
    expect(await idsOf(`Observation?code:below=${codes}|vital`)).toEqual(['pulse']);
    const { asked } = elsewhere;
    expect(await idsOf(`Observation?code:not-in=${vitals}`)).toEqual(['other']);
    expect(elsewhere.asked).toBe(asked);
  });

  it('does not replace what R4 defines', async () => {
    const { asked } = elsewhere;
    expect((await send('GET', 'Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender')).status).toBe(
      200,
    );
    expect(elsewhere.asked).toBe(asked);
  });

  it('that neither has is told as before', async () => {
    const answer = await send('GET', 'Observation?code:in=http://acme.example/ValueSet/none');
    expect(answer.status).toBe(400);
  });

  it.each(['throw', 'hang', 'nonsense', 'other'] as const)('that does not answer (%s) is 503', async (fault) => {
    elsewhere.fault = fault;
    const answer = await send('GET', `Observation?code:in=http://acme.example/ValueSet/${fault}`);
    expect([answer.status, answer.headers['retry-after'], answer.text.includes('/secret')]).toEqual([503, '5', false]);
    expect((await send('GET', 'Observation?status=final')).status).toBe(200);
  });
});

interface Told {
  readonly severity: string;
}

const errorsOf = ({ body }: Answer): readonly Told[] =>
  (body.issue as readonly Told[]).filter(({ severity }) => severity === 'error');

describe('a validator of profiles', () => {
  profileValidatorContract({ describe, it }, async () => ({
    validator: new NamedPatients(),
    profile,
    good: { resourceType: 'Patient', name: [{ family: 'Ito' }] },
    bad: { resourceType: 'Patient' },
  }));

  const patient = (more: object = {}) => ({ resourceType: 'Patient', meta: { profile: [profile] }, ...more });

  it('refuses what R4 permits, and lets the rest be written unchanged', async () => {
    const refused = await send('POST', 'Patient', patient());
    expect(refused.status).toBe(422);
    expect(errorsOf(refused)).toEqual([
      {
        severity: 'error',
        code: 'required',
        details: { text: 'A Patient needs a name.' },
        expression: ['Patient.name'],
        ...placeExtension({ line: 1, column: 1 }),
      },
    ]);
    const written = await send('POST', 'Patient', patient({ name: [{ family: 'Ito' }] }));
    expect([written.status, written.body.meta.versionId]).toEqual([201, '1']);
    expect((await send('POST', 'Patient', { resourceType: 'Patient' })).status).toBe(201);
  });

  it('permits nothing that R4 refuses', async () => {
    const answer = await send('POST', 'Patient', patient({ name: [{ family: 'Ito' }], gender: 'x' }));
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('code-not-in-value-set');
  });

  it('is asked by $validate, for the profiles that it names too', async () => {
    const parameters = (mode?: string) => ({
      resourceType: 'Parameters',
      parameter: [
        { name: 'resource', resource: { resourceType: 'Patient' } },
        { name: 'profile', valueUri: profile },
        ...(mode === undefined ? [] : [{ name: 'mode', valueCode: mode }]),
      ],
    });
    for (const mode of [undefined, 'create']) {
      const answer = await send('POST', 'Patient/$validate', parameters(mode));
      expect(answer.status).toBe(200);
      expect(errorsOf(answer)).toMatchObject([{ code: 'required', expression: ['Patient.name'] }]);
    }
  });

  it.each(['throw', 'hang', 'nonsense'] as const)(
    'that does not work (%s) lets nothing be written: 503',
    async (fault) => {
      validator.fault = fault;
      for (const [method, path] of [
        ['POST', 'Patient'],
        ['PUT', `Patient/unchecked-${fault}`],
      ] as const) {
        const body = {
          ...patient({ name: [{ family: 'Ito' }] }),
          ...(method === 'PUT' && { id: `unchecked-${fault}` }),
        };
        const answer = await send(method, path, body);
        expect([answer.status, answer.headers['retry-after'], answer.text.includes('/secret')]).toEqual([
          503,
          '5',
          false,
        ]);
      }
      validator.fault = 'none';
      expect((await send('GET', `Patient/unchecked-${fault}`)).status).toBe(404);
    },
  );
});
