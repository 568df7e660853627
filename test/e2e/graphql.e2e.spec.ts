// https://hl7.org/fhir/R4/graphql.html (docs/adr/0087)
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hook } from '../../src/fhir/extensions/hook.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  mask,
} from '../../src/scope/policies/policy.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

/** Nobody but the robot sees names of patients. */
@Injectable()
class NoNames implements Hook {
  readonly name = 'no-names';
  readonly types = ['Patient'];

  afterRead({ principal }: Parameters<NonNullable<Hook['afterRead']>>[0]): readonly string[] | undefined {
    return principal.subject === 'robot' ? undefined : ['Patient.name'];
  }
}

@Injectable()
class NoResults implements AccessPolicy {
  readonly name = 'no-results';

  decide({ principal }: AccessQuery): AccessDecision {
    return principal.subject === 'robot' ? abstain() : mask(['Observation.value'], 'results are for the robot');
  }
}

const limits = FhirModule.forFeature({ name: '@test/limits', hooks: [NoNames], policies: [NoResults] });

const household = {
  active: true,
  name: [
    { use: 'official', family: 'Chalmers', given: ['Peter', 'James'] },
    { use: 'usual', given: ['Jim'] },
  ],
  identifier: [{ system: 'urn:x', value: '12345' }],
};

beforeAll(async () => {
  server = await startServer({}, [limits]);
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const observation = (id: string, more: JsonObject = {}, patient = 'p1') => ({
    ...anObservation(`Patient/${patient}`, more),
    id,
  });
  const resources = [
    { ...aPatient({ ...household, managingOrganization: { reference: 'Organization/h1' } }), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { resourceType: 'Organization', id: 'h1', name: 'Harbour Clinic', partOf: { reference: 'Organization/h2' } },
    { resourceType: 'Organization', id: 'h2', name: 'Harbours' },
    observation('o1', {
      valueQuantity: { value: 1.1, unit: 'kg' },
      contained: [{ resourceType: 'Practitioner', id: 'c1', name: [{ family: 'Inside' }] }],
      performer: [{ reference: '#c1' }, { reference: 'Practitioner/nobody' }, { display: 'Somebody' }],
    }),
    observation('o2'),
    observation('o3'),
    observation('theirs', {}, 'p2'),
  ];
  await server.call('POST', '', { token: machine, body: aBundle('transaction', ...resources.map(putting)) });
});
afterAll(() => server.close());

const ask = (path: string, query: string, token = machine): Promise<Answer> =>
  server.call('GET', `${path}$graphql?query=${encodeURIComponent(query)}`, { token });

async function dataOf(path: string, query: string, token = machine): Promise<unknown> {
  const { status, body, text, headers } = await ask(path, query, token);
  expect(status, text).toBe(200);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  return body.data;
}

/** The status, after it was found that the answer is one of GraphQL with an OperationOutcome for each error. */
async function refusalOf(path: string, query: string, token = machine): Promise<readonly [number, string]> {
  const { status, body, text, headers } = await ask(path, query, token);
  expect(headers['content-type'], text).toBe('application/json; charset=utf-8');
  expect(body.data).toBeNull();
  for (const { message, extensions } of body.errors) {
    expect(extensions.resource.resourceType).toBe('OperationOutcome');
    expect(message).toBe(extensions.resource.issue[0].diagnostics ?? extensions.resource.issue[0].details.text);
  }
  return [status, body.errors.map(({ message }: { message: string }) => message).join('\n')];
}

describe('$graphql on a resource', () => {
  it('answers the elements that are asked for, with aliases, fragments and siblings of primitives', async () => {
    const query = `{ __typename resourceType id called: name { family ...given } ... on Patient { active } _birthDate { extension { url } } }
      fragment given on HumanName { given }`;
    expect(await dataOf('Patient/p1/', query)).toMatchObject({
      __typename: 'Patient',
      resourceType: 'Patient',
      id: 'p1',
      called: [{ family: 'Chalmers', given: ['Peter', 'James'] }, { given: ['Jim'] }],
    });
  });

  it('selects items of lists by FHIRPath, by the value of an element, and by place', async () => {
    const names = async (args: string) => (await dataOf('Patient/p1/', `{ name(${args}) { given } }`)) as object;
    expect(await names('fhirpath: "family.exists()"')).toEqual({ name: [{ given: ['Peter', 'James'] }] });
    expect(await names('use: usual')).toEqual({ name: [{ given: ['Jim'] }] });
    expect(await names('_offset: 1, _count: 1')).toEqual({ name: [{ given: ['Jim'] }] });
    expect(await names('use: old')).toEqual({});
  });

  it('flattens, slices, takes the first and skips as directives say', async () => {
    const query = `query($no: Boolean!) { active @include(if: $no) identifier @flatten { value @singleton }
      name @flatten @slice(path: "use") { given @first family @singleton } }`;
    const variables = encodeURIComponent('{"no":false}');
    const { body } = await server.call(
      'GET',
      `Patient/p1/$graphql?query=${encodeURIComponent(query)}&variables=${variables}`,
      { token: machine },
    );
    expect(body.data).toEqual({
      value: '12345',
      'given.official': ['Peter'],
      'family.official': 'Chalmers',
      'given.usual': ['Jim'],
    });
    expect(await refusalOf('Patient/p1/', '{ name @flatten { given @singleton } }')).toEqual([
      400,
      expect.stringContaining('more than one value'),
    ]);
  });

  it('names what is offered where a field, a type, an argument or a directive is not', async () => {
    const cases: readonly (readonly [query: string, said: RegExp])[] = [
      ['{ name { famly } }', /name\.famly: HumanName has no field "famly"\. Did you mean family\?/],
      ['{ name }', /name has fields of its own.*family/],
      ['{ active { x } }', /active is text or a number/],
      ['{ active(use: x) }', /takes no argument/],
      ['{ name(usee: x) { family } }', /Did you mean use\?/],
      ['{ name @flattn { family } }', /@"flattn" is not offered\. Did you mean flatten\?/],
      ['{ ... on Pateint { id } }', /"Pateint", of a fragment, is no type here/],
      ['{ ...missing }', /no fragment "missing"/],
      ['{ ...a } fragment a on Patient { ...a }', /contains itself/],
      ['{ managingOrganization { resource(type: Practioner) { id } } }', /Did you mean Practitioner\?/],
      ['{ ConditionList { id } }', /needs the argument _reference/],
      ['{ ConditionList(_reference: code) { id } }', /is no search parameter of Condition that refers/],
      ['{ x: active x: gender }', /Give one an alias/],
      ['{ a: id', /is no GraphQL \(line 1, column 8\)/],
      ['{ name(fhirpath: "family.") { family } }', /cannot be evaluated on values of HumanName/],
      ['{ __schema { types { name } } }', /Introspection is not offered/],
      ['mutation { PatientDelete(id: p1) { id } }', /\$graphql reads/],
      ['{ id @skip(if: maybe) }', /true or false/],
      ['query a { id } query b { id }', /operationName has to say/],
      ['query($x: ID!) { id }', /has to have a value/],
    ];
    for (const [query, said] of cases) {
      const [status, message] = await refusalOf('Patient/p1/', query);
      expect([query, status, message]).toEqual([query, 400, expect.stringMatching(said)]);
    }
  });

  it('unites fields that are asked for twice', async () => {
    const query = `{ managingOrganization { reference resource { id } } ...more } 
      fragment more on Patient { managingOrganization { resource { ... on Organization { name } } } }`;
    expect(await dataOf('Patient/p1/', query)).toEqual({
      managingOrganization: { reference: 'Organization/h1', resource: { id: 'h1', name: 'Harbour Clinic' } },
    });
  });
});

describe('references', () => {
  it('lead to resources, to contained ones too, level by level', async () => {
    const query = `{ valueQuantity { value } subject { resource { ... on Patient { active managingOrganization { resource
      { ... on Organization { name partOf { resource { id } } } } } } } }
      performer(_count: 1) { resource { resourceType ... on Practitioner { name { family } } } } }`;
    expect(await dataOf('Observation/o1/', query)).toEqual({
      valueQuantity: { value: 1.1 },
      subject: {
        resource: {
          active: true,
          managingOrganization: { resource: { name: 'Harbour Clinic', partOf: { resource: { id: 'h2' } } } },
        },
      },
      performer: [{ resource: { resourceType: 'Practitioner', name: [{ family: 'Inside' }] } }],
    });
  });

  it('are an error where they lead nowhere, unless that is optional or of another type', async () => {
    const asked = (args: string) => `{ performer { display resource${args} { id } } }`;
    const nobody = '{ performer(reference: "Practitioner/nobody") { resource { id } } }';
    expect(await refusalOf('Observation/o1/', nobody)).toEqual([404, expect.stringContaining('Practitioner/nobody')]);
    expect(await refusalOf('Observation/o1/', asked(''))).toEqual([
      422,
      expect.stringContaining('leads to no resource'),
    ]);
    expect(await dataOf('Observation/o1/', asked('(optional: true)'))).toEqual({
      performer: [{ resource: { id: 'c1' } }, {}, { display: 'Somebody' }],
    });
    const [status, said] = await refusalOf('Observation/o1/', '{ performer(display: Somebody) { resource { id } } }');
    expect([status, said]).toEqual([422, expect.stringContaining('a Reference without a literal reference')]);
    const other = '{ subject { reference resource(type: Group) { active } } }';
    expect(await dataOf('Observation/o1/', other)).toEqual({ subject: { reference: 'Patient/p1' } });
  });

  it('lead back as well, by a search parameter', async () => {
    const query = '{ id ObservationList(_reference: subject, _sort: "_id") { id subject { resource { id } } } }';
    expect(await dataOf('Patient/p1/', query)).toEqual({
      id: 'p1',
      ObservationList: ['o1', 'o2', 'o3'].map((id) => ({ id, subject: { resource: { id: 'p1' } } })),
    });
    const inside = '{ contained { ... on Practitioner { ObservationList(_reference: performer) { id } } } }';
    expect(await refusalOf('Observation/o1/', inside)).toEqual([400, expect.stringContaining('within another one')]);
  });
});

describe('$graphql on the system', () => {
  it('reads by id and searches by parameters, whose hyphens are underscores', async () => {
    const query = `{ Patient(id: p1) { id } all: ObservationList(_id: [o1, o3], _sort: "-_id") { id }
      none: PatientList(general_practitioner: "Practitioner/x") { id } }`;
    expect(await dataOf('', query)).toEqual({ Patient: { id: 'p1' }, all: [{ id: 'o3' }, { id: 'o1' }] });
    expect(await refusalOf('', '{ Patient(id: nobody) { id } }')).toEqual([404, 'Patient/nobody was not found.']);
    expect(await refusalOf('', '{ Patient { id } }')).toEqual([400, expect.stringContaining('needs the argument id')]);
    expect(await refusalOf('', '{ PatientList(genderr: male) { id } }')).toEqual([
      400,
      expect.stringContaining('gender'),
    ]);
    expect(await refusalOf('', '{ ObservationList(date: nonsense) { id } }')).toEqual([
      400,
      expect.stringContaining('date'),
    ]);
    expect(await refusalOf('', '{ Nonsense(id: x) { id } }')).toEqual([
      400,
      expect.stringContaining('Query has no field'),
    ]);
  });

  it('pages connections by cursors, which stand alone', async () => {
    const page = (args: string) =>
      `{ ObservationConnection(${args}) { count offset pagesize first previous next last edges { mode resource { id } } } }`;
    const first = await pageOf(page('patient: "p1", _count: 2'));
    expect(first).toMatchObject({ count: 3, offset: 0, pagesize: 2, edges: [edge('o1'), edge('o2')] });
    const second = await pageOf(page(`_cursor: "${first.next}"`));
    expect(second).toMatchObject({ count: 3, offset: 2, edges: [edge('o3')] });
    expect(second).not.toHaveProperty('next');
    expect((await pageOf(page(`cursor: "${second.previous}"`))).edges).toEqual(first.edges);
    const [status] = await refusalOf('', page(`_cursor: "${first.next}", patient: "p2"`));
    expect(status).toBe(400);
    for (const cursor of ['x', 'Observation:0:', 'Patient:0:_cursor=x', 'Observation:0:_elements=id&_cursor=x'])
      expect([cursor, (await refusalOf('', page(`_cursor: "${cursor}"`)))[0]]).toEqual([cursor, 400]);
    expect((await refusalOf('', page('_cursor: "Observation:0:_cursor=x"')))[0]).toBe(403);
    const other = server.token('user/Observation.rs', { sub: 'other' });
    expect((await refusalOf('', page(`_cursor: "${first.next}"`), other))[0]).toBe(403);
    const below =
      '{ ObservationConnection(_reference: subject, fhirpath: "id = \'o2\'") { count edges { resource { id } } } }';
    expect(await dataOf('Patient/p1/', below)).toEqual({
      ObservationConnection: { count: 3, edges: [{ resource: { id: 'o2' } }] },
    });
  });

  it('takes GraphQL, JSON and Parameters as a body, and says what it takes otherwise', async () => {
    const post = (type: string, body: string) =>
      server.call('POST', '$graphql', { token: machine, body, headers: { 'content-type': type } });
    const query = 'query one { Patient(id: p1) { id } } query two($id: ID = p1) { Patient(id: $id) { active } }';
    const one = await post('application/graphql', '{ Patient(id: "p1") { id } }');
    expect([one.status, one.body]).toEqual([200, { data: { Patient: { id: 'p1' } } }]);
    const two = await post(
      'application/json',
      JSON.stringify({ query, operationName: 'two', variables: { id: 'p1' } }),
    );
    expect([two.status, two.body]).toEqual([200, { data: { Patient: { active: true } } }]);
    const parameter = [
      { name: 'query', valueString: query },
      { name: 'operationName', valueString: 'one' },
    ];
    const three = await post('application/fhir+json', JSON.stringify({ resourceType: 'Parameters', parameter }));
    expect([three.status, three.body]).toEqual([200, { data: { Patient: { id: 'p1' } } }]);
    for (const body of ['[]', '"x"', '{}', '{"query":1}', '{"query":"{id}","more":"x"}', '{', '{"query":null}'])
      expect([body, (await post('application/json', body)).status]).toEqual([body, 400]);
    const other = await post('text/plain', 'x');
    expect([other.status, other.body.errors[0].message]).toEqual([415, expect.stringContaining('application/graphql')]);
    expect(
      (
        await server.call('POST', 'Patient', {
          token: machine,
          body: '{}',
          headers: { 'content-type': 'application/graphql' },
        })
      ).status,
    ).toBe(415);
  });

  it('is declared, and is no entry of a bundle', async () => {
    const { body } = await server.call('GET', 'metadata');
    const named = ({ name }: { name: string }) => name === 'graphql';
    expect(body.rest[0].operation.some(named)).toBe(true);
    expect(body.rest[0].resource.every((one: { operation: { name: string }[] }) => one.operation.some(named))).toBe(
      true,
    );
    const definition = await server.call('GET', 'metadata/OperationDefinition/graphql');
    expect(definition.body).toMatchObject({
      system: true,
      type: false,
      instance: true,
      affectsState: false,
      resource: ['Resource'],
    });
    const entry = { request: { method: 'GET', url: '$graphql?query={Patient(id:p1){id}}' } };
    const batch = await server.call('POST', '', { token: machine, body: aBundle('batch', entry) });
    expect(batch.body.entry[0].response.status).toMatch(/^501/);
  });
});

interface Page {
  readonly edges: readonly unknown[];
  readonly next?: string;
  readonly previous?: string;
}

const pageOf = async (query: string): Promise<Page> =>
  ((await dataOf('', query)) as { readonly ObservationConnection: Page }).ObservationConnection;
const edge = (id: string) => ({ mode: 'match', resource: { id } });

describe('access', () => {
  it('is that of a read and of a search', async () => {
    const own = server.token('patient/*.rs', { patient: 'p1' });
    expect(await dataOf('', '{ ObservationList(_sort: "_id") { id } }', own)).toEqual({
      ObservationList: [{ id: 'o1' }, { id: 'o2' }, { id: 'o3' }],
    });
    const [status, said] = await refusalOf('', '{ Observation(id: theirs) { id } }', own);
    expect([status, said]).toEqual([404, 'Observation/theirs was not found.']);
    const readers = server.token('user/Observation.rs');
    const subject = '{ id subject { resource { id } } }';
    const refused = await ask('Observation/o1/', subject, readers);
    expect([refused.status, refused.body.data]).toEqual([403, null]);
    expect(refused.body.errors[0].extensions.resource.issue[0].details.coding[0].code).toBe('scope-insufficient');
    const optional = '{ id subject { resource(optional: true) { id } } }';
    expect(await dataOf('Observation/o1/', optional, readers)).toEqual({ id: 'o1', subject: {} });
    expect(
      (await refusalOf('Observation/o1/', '{ ConditionList(_reference: evidence_detail) { id } }', readers))[0],
    ).toBe(403);
    expect((await ask('Patient/p1/', '{ id }', readers)).status).toBe(403);
    expect((await ask('', '{ __typename }', server.token('openid'))).status).toBe(403);
    const granular = server.token('user/Observation.rs?_id=o1');
    expect(await dataOf('', '{ ObservationList { id } }', granular)).toEqual({ ObservationList: [{ id: 'o1' }] });
  });

  it('does not bring back what hooks and policies take out', async () => {
    const other = server.token('system/*.rs', { sub: 'other', client_id: 'other' });
    const query = `{ Patient(id: p1) { id name(use: official) { family } } Observation(id: o1) { valueQuantity { value } subject
      { resource { ... on Patient { name { family } ObservationList(_reference: subject, _id: o1) { valueQuantity { value } } } } } } }`;
    expect(await dataOf('', query, other)).toEqual({
      Patient: { id: 'p1' },
      Observation: { subject: { resource: { ObservationList: [{}] } } },
    });
    expect(await dataOf('Patient/p1/', '{ name { family } }', other)).toEqual({});
    const byMask = '{ ObservationList(value_quantity: "1.1") { id } }';
    expect((await refusalOf('', byMask, other))[0]).toBe(403);
    expect(await dataOf('', '{ ObservationList(fhirpath: "value.exists()") { id } }', other)).toEqual({});
  });

  it('is written down with what was handed out', async () => {
    const sub = 'graphql-auditor';
    const token = server.token('system/*.rs', { sub, client_id: sub });
    await dataOf(
      'Observation/o2/',
      '{ subject { resource { managingOrganization { resource { id } } ObservationList(_reference: subject) { id } } } }',
      token,
    );
    const auditor = server.token('system/AuditEvent.rs', { sub: 'reader', client_id: 'reader' });
    const { body } = await server.call('GET', 'AuditEvent?_sort=-date&_count=5', { token: auditor });
    const event = body.entry
      .map(({ resource }: { resource: JsonObject }) => JSON.stringify(resource))
      .find((text: string) => text.includes(sub));
    for (const reference of ['Observation/o2', 'Patient/p1', 'Organization/h1', 'Observation/o1', 'Observation/o3'])
      expect(event).toContain(reference);
    expect(event).toContain('graphql');
  });
});
