// extension-model.md: what an extension module brings through FhirModule.forFeature
import { Controller, Get, Injectable, Module, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import passport from 'passport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthenticatedRequest } from '../../src/auth/credentials/request-credentials.js';
import { Public } from '../../src/auth/public.decorator.js';
import type { BeforeWrite, Hook } from '../../src/fhir/extensions/hook.js';
import type { FhirFeature } from '../../src/fhir/feature.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { ReadInteraction } from '../../src/fhir/interactions/read.interaction.js';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import type { SearchParameter } from '../../src/r4/search/parameters/search-parameter.js';
import {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  constrain,
  deny,
  search,
} from '../../src/scope/policies/policy.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

const definition = 'http://example.org/fhir/OperationDefinition/';
const wardUrl = 'http://example.org/ward';

@Injectable()
class Echo implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'echo',
    level: ['system', 'type', 'instance'],
    types: ['Patient', 'Observation'],
    affectsState: false,
    access: [{ permission: 'r' }],
    parameters: [
      { name: 'a', type: 'integer', documentation: 'A number.' },
      { name: 'x', type: 'Coding', documentation: 'A code.' },
    ],
    definition: `${definition}echo`,
    documentation: 'Says what it was asked.',
  };

  run({ type, id, parameters }: OperationCall): object {
    const asked = { type: type ?? null, id: id ?? null, parameters };
    return { resourceType: 'Parameters', parameter: [{ name: 'asked', valueString: JSON.stringify(asked) }] };
  }
}

@Injectable()
class NameOf implements Operation {
  constructor(private readonly reading: ReadInteraction) {}

  readonly declaration: OperationDeclaration = {
    code: 'name-of',
    level: ['instance'],
    types: ['Patient'],
    affectsState: true,
    access: [{ permission: 'r' }, { permission: 's', type: 'Observation' }],
    definition: `${definition}name-of`,
    documentation: 'Needs to read the patient and to search observations.',
  };

  async run({ context, id = '' }: OperationCall): Promise<object> {
    const { body } = await this.reading.run(context, 'Patient', id);
    return { resourceType: 'Parameters', parameter: [{ name: 'of', resource: JSON.parse(body) }] };
  }
}

class Unprocessable extends FhirError {
  readonly status = 422;
}

@Injectable()
class ObservationRules implements Hook {
  readonly name = 'observation-rules';
  readonly types = ['Observation'];

  async beforeWrite({ resource, interaction }: BeforeWrite): Promise<JsonObject | undefined> {
    if (resource['status'] === 'entered-in-error') {
      throw new Unprocessable({
        code: 'business-rule',
        diagnostics: 'No errors, please.',
        expression: ['Observation.status'],
      });
    }
    if (resource['status'] === 'cancelled') throw new TypeError('a defect of the hook');
    return resource['status'] === 'registered' ? undefined : { ...resource, language: `by-${interaction}` };
  }
}

@Injectable()
class WardOfNurse implements AccessPolicy {
  readonly name = 'ward-of-nurse';

  decide({ principal: { subject }, type }: AccessQuery): AccessDecision {
    const ward = /^nurse-(.*)$/.exec(subject ?? '')?.[1];
    if (ward === undefined) return abstain();
    if (type === 'Observation') return constrain(search`Observation?ward=${ward}`, 'nurses see their ward');
    return type === 'Condition' ? deny('no-diagnoses', 'Nurses do not see diagnoses.') : abstain();
  }
}

const ward: SearchParameter = {
  code: 'ward',
  type: 'token',
  url: 'http://example.org/fhir/SearchParameter/ward',
  base: ['Observation'],
  expression: `Observation.extension.where(url = '${wardUrl}').value.ofType(code)`,
};

@Injectable()
class BadgeStrategy extends passport.Strategy {
  override readonly name = 'badge';

  constructor() {
    super();
    passport.use(this);
  }

  override authenticate({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): void {
    if (headers['x-badge'] === 'b1') this.success({ badge: 'b1' });
    else this.fail('Badge', 401);
  }
}

/** Beside the FHIR base; its own guard decides, not that of the application. */
@Public()
@Controller('wards')
@UseGuards(AuthGuard(['smart-jwt', 'badge']))
class WardController {
  @Get()
  list(@Req() { user }: AuthenticatedRequest) {
    return { user };
  }
}

@Module({
  controllers: [WardController],
  providers: [BadgeStrategy],
  imports: [
    FhirModule.forFeature({
      name: 'ward',
      operations: [Echo, NameOf],
      hooks: [ObservationRules],
      policies: [WardOfNurse],
      searchParameters: [ward],
    }),
  ],
})
class WardModule {}

const anObservation = (inWard: string, more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  extension: [{ url: wardUrl, valueCode: inWard }],
  ...more,
});

let server: TestServer;
let all: string;
let nurse: string;

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [{ module: WardModule }]);
  all = server.token('user/*.cruds');
  nurse = server.token('user/*.cruds', { sub: 'nurse-a' });
  for (const [id, inWard] of Object.entries({ a1: 'a', a2: 'a', b1: 'b' })) {
    await server.call('PUT', `Observation/${id}`, { token: all, body: anObservation(inWard, { id }) });
  }
});
afterAll(() => server.close());

const call = (method: string, path: string, token = all, body?: object) =>
  server.call(method, path, { token, ...(body && { body }) });
const idsOf = (body: { entry?: { resource: { id: string } }[] }) =>
  (body.entry ?? []).map(({ resource }) => resource.id);

describe('a route of its own', () => {
  const ask = (headers: Readonly<Record<string, string>>) => server.call('GET', '/wards', { headers });

  it('takes tokens of this server and a credential of its own', async () => {
    const byToken = await ask({ authorization: `Bearer ${all}` });
    expect([byToken.status, byToken.body]).toMatchObject([200, { user: { subject: 'user-1' } }]);
    const byBadge = await ask({ 'x-badge': 'b1' });
    expect([byBadge.status, byBadge.body]).toEqual([200, { user: { badge: 'b1' } }]);
  });

  it('says every reason where neither is good', async () => {
    const none = await ask({});
    expectOutcome(none, 401);
    expect([reasonsOf(none), none.headers['www-authenticate']]).toEqual([
      ['no-credentials'],
      expect.stringMatching(/^Bearer realm="fhir", resource_metadata="/),
    ]);
    const bad = await ask({ authorization: `Bearer ${server.token('user/*.rs', { aud: 'elsewhere', exp: 1 })}` });
    expectOutcome(bad, 401);
    expect(reasonsOf(bad)).toEqual(['aud-mismatch', 'token-expired']);
  });
});

describe('an operation', () => {
  const asked = (body: { parameter: [{ valueString: string }] }) => JSON.parse(body.parameter[0].valueString);

  it('runs at each of its levels, by GET and by POST', async () => {
    expect(asked((await call('GET', '$echo?a=1')).body)).toEqual({ type: null, id: null, parameters: { a: 1 } });
    expect(asked((await call('GET', 'Patient/$echo')).body)).toMatchObject({ type: 'Patient', id: null });
    expect(asked((await call('GET', 'Observation/a1/$echo')).body)).toMatchObject({ type: 'Observation', id: 'a1' });
    expect(asked((await call('GET', 'Patient/x/$echo')).body)).toMatchObject({ type: 'Patient', id: 'x' });
    const x = { system: 'http://example.org', code: 'y' };
    const input = { resourceType: 'Parameters', parameter: [{ name: 'x', valueCoding: x }] };
    expect(asked((await call('POST', 'Patient/$echo?a=2', all, input)).body)).toMatchObject({
      parameters: { a: 2, x },
    });
    expectOutcome(await call('POST', 'Patient/$echo', all, { resourceType: 'Patient' }), 400, /Parameters/);
  });

  it('is 404 where it is not declared, and 405 by GET when it changes what is stored', async () => {
    for (const path of ['Condition/$echo', 'Condition/1/$echo', '$name-of', 'Patient/$name-of', '$ech']) {
      expectOutcome(await call('GET', path), 404, /not offered/);
    }
    const answer = await call('GET', 'Patient/x/$name-of');
    expectOutcome(answer, 405);
    expect(answer.headers['allow']).toBe('POST');
  });

  it('needs the access it declares, and says which scope that is', async () => {
    const answer = await call('GET', 'Patient/x/$echo', server.token('user/Observation.rs'));
    expectOutcome(answer, 403, /user\/Patient\.r/);
    expect((await call('GET', '$echo', server.token('user/Observation.r'))).status).toBe(200);
    expectOutcome(await call('GET', '$echo', server.token('user/Observation.s')), 403);
    await call('PUT', 'Patient/named', all, { resourceType: 'Patient', id: 'named' });
    expectOutcome(
      await call('POST', 'Patient/named/$name-of', server.token('user/Patient.r')),
      403,
      /user\/Observation\.s/,
    );
    const token = server.token('user/Patient.r user/Observation.s');
    expect((await call('POST', 'Patient/named/$name-of', token)).body.parameter[0].resource.id).toBe('named');
    const other = server.token('patient/*.rs', { patient: 'other' });
    expect(reasonsOf(await call('POST', 'Patient/named/$name-of', other))).toEqual(['patient-context-mismatch']);
  });

  it('is listed in /metadata where it is offered', async () => {
    const { body } = await call('GET', 'metadata');
    const [rest] = body.rest;
    const at = (type: string) =>
      rest.resource
        .find((one: { type: string }) => one.type === type)
        .operation?.map(({ name }: { name: string }) => name);
    expect(rest.operation.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['my-access', 'echo']),
    );
    expect(new Set(at('Patient'))).toEqual(
      new Set([
        ...at('Condition'),
        'echo',
        'everything',
        'export',
        'match',
        'member-match',
        'merge',
        'name-of',
        'summary',
        'undo-merge',
      ]),
    );
    expect(new Set(at('Observation'))).toEqual(new Set([...at('Condition'), 'echo', 'lastn']));
    expect(at('Condition')).not.toContain('echo');
    const echo = rest.operation.find(({ name }: { name: string }) => name === 'echo');
    expect(echo).toMatchObject({
      definition: `${definition}echo`,
      documentation: 'Says what it was asked.',
    });
  });
});

describe('a hook', () => {
  const bundle = (type: string, ...resources: readonly JsonObject[]) => ({
    resourceType: 'Bundle',
    type,
    entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } })),
  });

  it('changes what is stored, in every way of writing', async () => {
    expect((await call('POST', 'Observation', all, anObservation('z'))).body.language).toBe('by-create');
    expect((await call('PUT', 'Observation/h', all, anObservation('z', { id: 'h' }))).body.language).toBe('by-update');
    for (const type of ['batch', 'transaction']) {
      const { body } = await call('POST', '', all, bundle(type, anObservation('z')));
      const [address] = body.entry[0].response.location.split('/_history');
      expect((await call('GET', address)).body.language).toBe('by-create');
    }
    expect(
      (await call('POST', 'Observation', all, anObservation('z', { status: 'registered' }))).body.language,
    ).toBeUndefined();
    const condition = { resourceType: 'Condition', subject: { reference: 'Patient/p' } };
    const { status, body } = await call('POST', 'Condition', all, condition);
    expect([status, body.language]).toEqual([201, undefined]);
  });

  it('refuses with its own status and issues, and the entry is named', async () => {
    const wrong = anObservation('z', { status: 'entered-in-error' });
    expectOutcome(await call('POST', 'Observation', all, wrong), 422, /No errors, please/);
    expectOutcome(await call('PUT', 'Observation/h2', all, { ...wrong, id: 'h2' }), 422);
    expectOutcome(await call('GET', 'Observation/h2'), 404);
    const whole = await call('POST', '', all, bundle('transaction', anObservation('undone'), wrong));
    expectOutcome(whole, 422);
    expect(whole.body.issue[0].expression).toEqual(['Bundle.entry[1].resource.status']);
    expect(idsOf((await call('GET', 'Observation?ward=undone')).body)).toEqual([]);
  });

  it('that breaks is 500 without a word of its inside, and the other entries of a batch count', async () => {
    const broken = anObservation('kept', { status: 'cancelled' });
    const alone = await call('POST', 'Observation', all, broken);
    expectOutcome(alone, 500, /X-Request-Id/);
    expect(alone.text).not.toContain('defect of the hook');
    const { status, body } = await call('POST', '', all, bundle('batch', broken, anObservation('kept')));
    const statuses = body.entry.map((entry: { response: { status: string } }) => entry.response.status.slice(0, 3));
    expect([status, statuses]).toEqual([200, ['500', '201']]);
    expectOutcome(await call('POST', '', all, bundle('transaction', broken)), 500);
  });
});

describe('a policy that constrains', () => {
  it('narrows reading, versions, history and search', async () => {
    for (const path of ['', '/_history/1', '/_history']) {
      expect((await call('GET', `Observation/a1${path}`, nurse)).status).toBe(200);
      const hidden = await call('GET', `Observation/b1${path}`, nurse);
      const missing = await call('GET', `Observation/none${path}`, nurse);
      expectOutcome(hidden, 404);
      expect(hidden.text.replaceAll('b1', 'none')).toBe(missing.text);
    }
    expect(idsOf((await call('GET', 'Observation?_id=a1,a2,b1', nurse)).body)).toEqual(['a1', 'a2']);
    expect(idsOf((await call('GET', 'Observation?ward=b', nurse)).body)).toEqual([]);
    expect(idsOf((await call('GET', 'Observation?_id=a1,a2,b1')).body)).toEqual(['a1', 'a2', 'b1']);
  });

  it('judges writes before and after', async () => {
    await call('PUT', 'Observation/moving', all, anObservation('a', { id: 'moving' }));
    const away = await call('PUT', 'Observation/moving', nurse, anObservation('b', { id: 'moving' }));
    expect([away.status, reasonsOf(away)]).toEqual([403, ['write-outside-constraint']]);
    expectOutcome(await call('PUT', 'Observation/b1', nurse, anObservation('a', { id: 'b1' })), 404);
    expectOutcome(await call('DELETE', 'Observation/b1', nurse), 404);
    expectOutcome(await call('POST', 'Observation', nurse, anObservation('b')), 403);
    expect((await call('POST', 'Observation', nurse, anObservation('a'))).status).toBe(201);
    expect((await call('PUT', 'Observation/moving', nurse, anObservation('a', { id: 'moving' }))).status).toBe(200);
    expect((await call('GET', 'Observation/b1')).body.meta.versionId).toBe('1');
  });

  it('drops versions of another ward from a history', async () => {
    await call('PUT', 'Observation/moved', all, anObservation('b', { id: 'moved' }));
    await call('PUT', 'Observation/moved', all, anObservation('a', { id: 'moved' }));
    const { body } = await call('GET', 'Observation/moved/_history', nurse);
    expect(body.entry.map(({ response }: { response: { etag: string } }) => response.etag)).toEqual(['W/"2"']);
    expectOutcome(await call('GET', 'Observation/moved/_history/1', nurse), 404);
  });

  it('narrows entries of bundles', async () => {
    const entry = ['a1', 'b1'].map((id) => ({ request: { method: 'GET', url: `Observation/${id}` } }));
    const { body } = await call('POST', '', nurse, { resourceType: 'Bundle', type: 'batch', entry });
    expect(body.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3))).toEqual([
      '200',
      '404',
    ]);
    expectOutcome(await call('POST', '', nurse, { resourceType: 'Bundle', type: 'transaction', entry }), 404);
  });

  it('cannot be talked into more by a name with commas', async () => {
    const sly = server.token('user/*.rs', { sub: 'nurse-a,b' });
    expect(idsOf((await call('GET', 'Observation?_id=a1,b1', sly)).body)).toEqual([]);
  });
});

describe('a policy that denies', () => {
  it('is 403 with its reason, which no scope overrides', async () => {
    for (const [method, path] of [
      ['GET', 'Condition'],
      ['GET', 'Condition/x'],
      ['POST', 'Condition'],
      ['DELETE', 'Condition/x'],
    ]) {
      const answer = await call(method!, path!, nurse);
      expectOutcome(answer, 403, /Nurses do not see diagnoses.*ward-of-nurse/);
      expect(reasonsOf(answer)).toEqual(['policy-refused']);
    }
    expect((await call('GET', 'Condition')).status).toBe(200);
  });
});

describe('a search parameter', () => {
  it('is offered, indexed, listed in /metadata, and usable in a granular scope', async () => {
    expect(idsOf((await call('GET', 'Observation?ward=a&_id=a1,b1')).body)).toEqual(['a1']);
    expectOutcome(await call('GET', 'Patient?ward=a'), 400);
    const { body } = await call('GET', 'metadata');
    const listed = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Observation').searchParam;
    expect(listed).toContainEqual({ name: 'ward', definition: ward.url, type: 'token' });
    const granular = server.token('user/Observation.rs?ward=b');
    expect(idsOf((await call('GET', 'Observation?_id=a1,b1', granular)).body)).toEqual(['b1']);
  });
});

describe('what does not fit stops the start and is named', () => {
  class Other extends Echo {}
  const declared = (changes: Partial<OperationDeclaration>) =>
    class extends Echo {
      override readonly declaration = { ...new Echo().declaration, code: 'other', ...changes };
    };
  class NoType implements Hook {
    readonly name = 'no-type';
    readonly types = ['Nonsense'];
    beforeWrite = () => undefined;
  }
  const wrong: readonly (readonly [string, Omit<FhirFeature, 'name'>, RegExp])[] = [
    ['two operations of one code', { operations: [Echo, Other] }, /\$echo is an operation of the same feature already/],
    ['the code of a built-in operation', { operations: [declared({ code: 'my-access' })] }, /\$my-access/],
    ['an operation without types', { operations: [declared({ types: [] })] }, /\$other names no types/],
    ['an operation of an unknown type', { operations: [declared({ types: ['Nonsense'] })] }, /"Nonsense"/],
    ['an operation without access', { operations: [declared({ access: [] })] }, /\$other declares no access/],
    ['a hook for an unknown type', { hooks: [NoType] }, /NoType is for "Nonsense"/],
    ['a parameter of an unknown base', { searchParameters: [{ ...ward, base: ['Ward'] }] }, /base Ward/],
    [
      'a parameter of a type that search cannot take',
      { searchParameters: [{ ...ward, type: 'composite' }] },
      /composite/,
    ],
    [
      'a parameter with the code of another',
      { searchParameters: [{ ...ward, code: 'patient' }] },
      /patient.*Observation/,
    ],
    [
      'a parameter that cannot be read',
      { searchParameters: [{ ...ward, expression: 'Observation.(((' }] },
      /expression/,
    ],
    [
      'another definition of a parameter of R4',
      { searchParameters: [{ ...ward, url: 'http://hl7.org/fhir/SearchParameter/clinical-code' }] },
      /clinical-code is defined already/,
    ],
  ];

  it.each(wrong)('%s', async (_name, feature, text) => {
    await expect(
      startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: 'test', ...feature })]),
    ).rejects.toThrow(text);
  });
});
