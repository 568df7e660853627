// http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoConsent } from '../../src/fhir/operations/matching/member-consent.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let payer: string;
const number = (value: string, code?: string) => ({
  system: 'urn:member',
  value,
  ...(code && { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }] } }),
});
const person = (more: object = {}) => ({
  resourceType: 'Patient',
  name: [{ family: 'Person', given: ['Patricia'] }],
  gender: 'female',
  birthDate: '1974-12-25',
  ...more,
});
const coverage = (beneficiary: object, more: object = {}) => ({
  resourceType: 'Coverage',
  status: 'active',
  beneficiary,
  payor: [{ display: 'Payer' }],
  ...more,
});
const policy = (kind: string) => [
  { uri: `http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#${kind}` },
];
const consent = (more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] }],
  patient: { reference: 'http://example.org/Patient/1' },
  policy: policy('sensitive'),
  provision: { type: 'permit', period: { start: '2020-01-01', end: '2100-01-01' } },
  ...more,
});

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  payer = server.token('system/Patient.rs system/Coverage.rs', { sub: 'payer', client_id: 'payer' });
  const of = (id: string) => ({ reference: `Patient/${id}` });
  const resources = [
    { ...person(), id: 'p1', identifier: [{ system: 'urn:mrn', value: '1' }, number('M1', 'MB')] },
    { ...person(), id: 'namesake' },
    { ...coverage(of('p1'), { identifier: [number('C1')], subscriberId: 'S1' }), id: 'c1' },
    { ...person({ birthDate: '1990-01-01', name: [{ family: 'Twin', given: ['A'] }] }), id: 't1' },
    { ...person({ birthDate: '1990-01-01', name: [{ family: 'Twin', given: ['A'] }] }), id: 't2' },
    { ...coverage(of('t1'), { subscriberId: 'S2' }), id: 'ct1' },
    { ...coverage(of('t2'), { subscriberId: 'S2' }), id: 'ct2' },
  ];
  await server.store(...resources);
});
afterAll(() => server.close());

const ask = (member: object, toMatch: object, agreed: object = consent(), token = payer) =>
  server.call('POST', 'Patient/$member-match', {
    token,
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'MemberPatient', resource: member },
        { name: 'CoverageToMatch', resource: toMatch },
        { name: 'CoverageToLink', resource: coverage({ display: 'x' }) },
        { name: 'Consent', resource: agreed },
      ],
    },
  });
const toMatch = (more: object) => coverage({ reference: 'http://old.example/Patient/1' }, more);

describe('a member', () => {
  it.each([
    ['identifier', { identifier: [number('C1')] }],
    ['number of the subscriber', { subscriberId: 'S1' }],
  ])('is one person with a coverage that agrees in the %s', async (_, coverageOf) => {
    const answer = await ask(person(), toMatch(coverageOf));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.parameter).toEqual([
      { name: 'MemberIdentifier', valueIdentifier: number('M1', 'MB') },
      { name: 'MemberId', valueReference: { reference: 'Patient/p1' } },
    ]);
  });

  it('is found by nobody in other words, whether there is none, several or one out of reach', async () => {
    const twin = person({ birthDate: '1990-01-01', name: [{ family: 'Twin', given: ['A'] }] });
    const answers = [
      await ask(person(), toMatch({ subscriberId: 'S9' })),
      await ask(person({ birthDate: '1974-12-26' }), toMatch({ subscriberId: 'S1' })),
      await ask(twin, toMatch({ subscriberId: 'S2' })),
      await ask(
        person(),
        toMatch({ subscriberId: 'S1' }),
        consent(),
        server.token('patient/Patient.rs patient/Coverage.rs', { patient: 'namesake' }),
      ),
    ];
    for (const answer of answers) expectOutcome(answer, 422, /not exactly one member/);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.issue))).size).toBe(1);
  });

  it('is found among many namesakes, and not said to be the only one where not all could be looked at', async () => {
    const name = [{ family: 'Common', given: ['C'] }];
    const namesakes = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...person({
          name,
          birthDate: undefined,
          gender: 'male',
          telecom: [{ system: 'phone', value: String(from + i) }],
        }),
        id: `many-${from + i}`,
      }));
    await server.store(
      ...namesakes(0, 60),
      { ...person({ name }), id: 'many-x' },
      { ...person({ name, birthDate: undefined }), id: 'many-y' },
      { ...coverage({ reference: 'Patient/many-x' }, { subscriberId: 'S7' }), id: 'cm1' },
    );
    const member = person({ name, telecom: [{ system: 'phone', value: 'none' }] });
    const found = await ask(member, toMatch({ subscriberId: 'S7' }));
    expect(found.body.parameter?.[1], found.text).toEqual({
      name: 'MemberId',
      valueReference: { reference: 'Patient/many-x' },
    });
    // The second one with the same coverage is not overlooked, wherever it comes.
    await server.store({ ...coverage({ reference: 'Patient/many-y' }, { subscriberId: 'S7' }), id: 'cm2' });
    expectOutcome(await ask(member, toMatch({ subscriberId: 'S7' })), 422, /not exactly one member/);
    expectOutcome(
      await ask(person({ name, birthDate: undefined, gender: 'male' }), toMatch({ subscriberId: 'S7' })),
      422,
      /More than 50 patients agree with the member/,
    );
    await server.store(...namesakes(60, 950));
    expectOutcome(await ask(member, toMatch({ subscriberId: 'S7' })), 422, /More than 1000 of Patient/);
    // Who has a coverage of this number can be searched for.
    await server.store({ ...coverage({ reference: 'Patient/many-x' }, { identifier: [number('C7')] }), id: 'cm3' });
    expect((await ask(member, toMatch({ identifier: [number('C7')] }))).status).toBe(200);
  });

  it('needs more than a person, and tokens that may read coverages', async () => {
    expectOutcome(await ask(person(), toMatch({})), 422, /person alone is no member/);
    expect(
      (await ask(person(), toMatch({ subscriberId: 'S1' }), consent(), server.token('user/Patient.rs'))).status,
    ).toBe(403);
    expect(
      (await server.call('POST', 'Patient/$member-match', { token: payer, body: { resourceType: 'Parameters' } }))
        .status,
    ).toBe(400);
  });
});

describe('the Consent', () => {
  const given = (agreed: object, token?: string) => ask(person(), toMatch({ subscriberId: 'S1' }), agreed, token);

  it('is active, permits, and holds today', async () => {
    expectOutcome(await given(consent({ status: 'inactive' })), 422, /not active/);
    expectOutcome(
      await given(consent({ provision: { type: 'deny', period: { start: '2020-01-01', end: '2100-01-01' } } })),
      422,
      /permits nothing/,
    );
    for (const period of [
      { start: '2020-01-01', end: '2020-12-31' },
      { start: '2099-01-01', end: '2100-01-01' },
    ])
      expectOutcome(await given(consent({ provision: { type: 'permit', period } })), 422, /does not hold today/);
    for (const period of [{}, { period: { start: '2020-01-01' } }])
      expectOutcome(
        await given(consent({ provision: { type: 'permit', ...period } })),
        422,
        /until when it holds.*start and end/,
      );
  });

  it('keeps sensitive data back from who is shown it', async () => {
    expectOutcome(await given(consent({ policy: policy('regular') })), 422, /clearance is N/);
    expectOutcome(await given(consent({ policy: [{ uri: 'urn:x' }] })), 422, /says nothing of sensitive data/);
    expect((await given(consent())).status).toBe(200);
    const ofClearance = (clearance: 'N' | 'R') =>
      whyNoConsent(consent({ policy: policy('regular') }), { now: Date.now(), timeZone: 'UTC', clearance });
    expect([ofClearance('N'), ofClearance('R')]).toEqual([undefined, expect.stringContaining('sensitive')]);
  });
});
