import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aConsent, anAction, anActor, aLabel, labelled, ofClass } from '../support/consents.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import { runSql } from '../leaks/world.js';

let server: TestServer;
let loader: string;
let clinician: string;
beforeAll(async () => {
  server = await startServer();
  loader = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  clinician = server.token('user/*.cruds', { fhirUser: `${base}/Practitioner/pr1`, client_id: 'chart' });
});
afterAll(() => server.close());

const store = async (...resources: readonly JsonObject[]): Promise<void> => {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: loader, body });
  expect(status, text).toBe(200);
};
const seen = async (token: string, path = 'Observation/o1'): Promise<boolean> => {
  const { status } = await server.call('GET', path, { token });
  expect([200, 404]).toContain(status);
  return status === 200;
};

beforeEach(async () => {
  // Records of the audit first, as what seals them in the background takes them: otherwise the two would wait for each other.
  await runSql(server, 'TRUNCATE audit_record, resource, resource_history, consent_rule');
  await store(
    { ...aPatient(), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { ...anObservation('Patient/p1'), id: 'o1' },
    { ...anObservation('Patient/p2'), id: 'o2' },
  );
});

const consent = (provision: JsonObject, changes: JsonObject = {}): JsonObject => ({
  ...aConsent('Patient/p1', provision, changes),
  id: 'c1',
});

describe('a Consent', () => {
  it('withholds what it denies, from users, until it ends', async () => {
    expect(await seen(clinician)).toBe(true);
    await store(consent({}));
    expect([
      await seen(clinician),
      await seen(clinician, 'Patient/p1'),
      await seen(clinician, 'Observation/o2'),
    ]).toEqual([false, false, true]);
    await store(consent({}, { status: 'inactive' }));
    expect(await seen(clinician)).toBe(true);
    await store(consent({}));
    const { status } = await server.call('DELETE', 'Consent/c1', { token: loader });
    expect([status, await seen(clinician)]).toEqual([204, true]);
  });

  it('counts by what a patch makes of it', async () => {
    await store(consent({ type: 'permit' }));
    expect(await seen(clinician)).toBe(true);
    const body = [{ op: 'replace', path: '/provision/type', value: 'deny' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    const { status } = await server.call('PATCH', 'Consent/c1', { token: loader, body: JSON.stringify(body), headers });
    expect([status, await seen(clinician)]).toEqual([200, false]);
  });

  it('does not withhold from the patient, from machines, and from whom it does not concern', async () => {
    await store(consent({}));
    const own = server.token('patient/*.rs', { patient: 'p1', fhirUser: `${base}/Patient/p1` });
    const app = server.token('patient/*.rs', { patient: 'p1', fhirUser: `${base}/Practitioner/pr1` });
    const exempt = server.token('user/*.rs', { consent_exempt: true });
    expect([await seen(own), await seen(app), await seen(exempt), await seen(loader)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it.each<[string, JsonObject, boolean]>([
    ['another actor', { actor: [anActor('Practitioner/other')] }, true],
    ['the caller', { actor: [anActor('Practitioner/pr1')] }, false],
    ['a role of unknown meaning, which denies all', { actor: [anActor('Practitioner/other', 'AUT')] }, false],
    ['another kind of data', { class: [ofClass('Condition')] }, true],
    ['this kind of data', { class: [ofClass('Observation')] }, false],
    ['to correct only', { action: [anAction('correct')] }, true],
    ['access', { action: [anAction('access')] }, false],
    ['a code', { code: [{ coding: [{ system: 'http://loinc.org', code: '8867-4' }] }] }, false],
    ['another code', { code: [{ coding: [{ system: 'http://loinc.org', code: '1' }] }] }, true],
    ['a time that is over', { period: { end: '2020' } }, true],
    ['a time that has begun', { period: { start: '2020' } }, false],
    ['data of another year', { dataPeriod: { start: '2020', end: '2023' } }, true],
    ['data of this year', { dataPeriod: { start: '2024-05', end: '2024' } }, false],
    ['research', { purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HRESCH' }] }, true],
    [
      'treatment',
      { purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }] },
      false,
    ],
    ['a label', { securityLabel: [aLabel('R')] }, true],
    ['data by name', { data: [{ meaning: 'instance', reference: { reference: 'Observation/o1' } }] }, false],
    [
      'data with what refers to it',
      { data: [{ meaning: 'dependents', reference: { reference: 'Patient/p1' } }] },
      false,
    ],
    ['other data', { data: [{ meaning: 'instance', reference: { reference: 'Observation/o9' } }] }, true],
    ['all but what a provision permits', { provision: [{ type: 'permit', class: [ofClass('Observation')] }] }, true],
    [
      'all, where a permission cannot be judged',
      { provision: [{ type: 'permit', actor: [anActor('Group/g')] }] },
      false,
    ],
    [
      'what is denied within a permission',
      { provision: [{ type: 'permit', provision: [{ type: 'deny', class: [ofClass('Observation')] }] }] },
      false,
    ],
    ['by permission with a denial beside it', { provision: [{ type: 'permit' }, { type: 'deny' }] }, false],
  ])('that denies %s', async (_name, provision, isSeen) => {
    await store(consent(provision));
    expect(await seen(clinician)).toBe(isSeen);
  });

  it('denies by its policy, to which an untyped provision is the exception', async () => {
    const rule = (code: string) => ({
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
    });
    const { provision: _, ...bare } = consent({}, rule('OPTOUT'));
    await store(bare);
    expect(await seen(clinician)).toBe(false);
    await store({ ...consent({}, rule('OPTOUT')), provision: { class: [ofClass('Observation')] } });
    expect([await seen(clinician), await seen(clinician, 'Patient/p1')]).toEqual([true, false]);
    await store({ ...consent({}, rule('OPTIN')), provision: { class: [ofClass('Observation')] } });
    expect([await seen(clinician), await seen(clinician, 'Patient/p1')]).toEqual([false, true]);
  });

  it('knows practitioners by their organization, clients by their identifier', async () => {
    await store(consent({ actor: [anActor('Organization/o1')] }));
    expect(await seen(clinician)).toBe(true);
    await store({
      resourceType: 'PractitionerRole',
      id: 'r1',
      practitioner: { reference: 'Practitioner/pr1' },
      organization: { reference: 'Organization/o1' },
    });
    expect(await seen(clinician)).toBe(false);
    const identifier = { system: server.issuer.url, value: 'chart' };
    await store(consent({ actor: [anActor({ type: 'Device', identifier })] }));
    expect([await seen(clinician), await seen(server.token('user/*.rs', { client_id: 'other' }))]).toEqual([
      false,
      true,
    ]);
  });

  it('tells what is not evaluated, and what is not enforced', async () => {
    const headers = { prefer: 'return=OperationOutcome' };
    const { body } = await server.call('PUT', 'Consent/c2', {
      token: loader,
      body: { ...aConsent('Patient/p1', { actor: [anActor('Group/g')] }), id: 'c2' },
      headers,
    });
    expect(JSON.stringify(body)).toContain('Consent.provision.actor is not evaluated');
    const other = { ...aConsent('https://other.example/fhir/Patient/p1'), id: 'c3' };
    const { text } = await server.call('PUT', 'Consent/c3', { token: loader, body: other, headers });
    expect(text).toContain('NOT enforced');
  });

  it('leaves it to who is trusted with it to make resources at an id of their own', async () => {
    const put = async (token: string, id: string): Promise<number> =>
      (await server.call('PUT', `Observation/${id}`, { token, body: { ...anObservation('Patient/p2'), id } })).status;
    expect(await put(clinician, 'n1')).toBe(201);
    await store(consent({}));
    expect([await put(clinician, 'n2'), await put(clinician, 'o1'), await put(clinician, 'n1')]).toEqual([
      404, 404, 200,
    ]);
    expect(await put(loader, 'n2')).toBe(201);
  });

  it('does not stand against writing something new, which is not given back', async () => {
    await store(consent({}));
    const { status, text, headers } = await server.call('POST', 'Observation', {
      token: clinician,
      body: anObservation('Patient/p1'),
      headers: { prefer: 'return=representation' },
    });
    expect([status, text]).toEqual([201, '']);
    expect(await seen(clinician, headers['location']!.slice(base.length + 1).split('/_history')[0])).toBe(false);
  });
});

describe('breaking the glass', () => {
  const reason = 'X-Purpose-Of-Use';
  const glass = { [reason]: 'BTG; reason="unconscious \\"p1\\" in the emergency room"' };
  const withRight = () =>
    server.token('user/*.cruds', { fhirUser: `${base}/Practitioner/pr1`, client_id: 'chart', break_glass: true });
  const get = (token: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
    server.call('GET', path, { token, headers });

  it('lifts Consents for one request, never scopes and labels', async () => {
    await store(consent({}), { ...anObservation('Patient/p1', labelled(aLabel('V'))), id: 'v1' });
    const token = withRight();
    const statuses = [
      await get(token, 'Observation/o1', glass),
      await get(token, 'Observation/o1'),
      await get(server.token('user/*.rs', { break_glass: true, clearance: 'N' }), 'Observation/v1', glass),
      await get(server.token('user/Patient.rs', { break_glass: true }), 'Observation/o1', glass),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 404, 404, 403]);
  });

  it('is refused to who may not, without a reason, and in any other form', async () => {
    await store(consent({}));
    const refused = await get(clinician, 'Observation/o1', glass);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('break-glass-not-granted'),
    ]);
    const wrong = [
      'BTG',
      'BTG; reason=""',
      'BTG; reason="a\\"',
      'btg; reason="a"',
      '',
      'BTG; reason="a"; x=1',
      `BTG; reason="${'x'.repeat(201)}"`,
    ];
    for (const value of wrong) {
      const { status, text } = await get(withRight(), 'Observation/o1', { [reason]: value });
      expect([value, status, text.includes('purpose-malformed')]).toEqual([value, 400, true]);
    }
    expect((await get(withRight(), 'Observation/o1', { [reason]: 'TREAT' })).status).toBe(404);
  });

  it('is written down with the purpose and the reason, whether it was allowed or not', async () => {
    await store(consent({}));
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const eventOf = async ({ headers }: Answer) => {
      const { body } = await get(auditor, `AuditEvent?entity:identifier=${headers['x-request-id']}`);
      expect(body.entry).toHaveLength(1);
      return body.entry[0].resource;
    };
    const purposeOfEvent = [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' }],
        text: 'unconscious "p1" in the emergency room',
      },
    ];
    const allowed = await eventOf(await get(withRight(), 'Observation/o1', glass));
    expect(allowed).toMatchObject({ outcome: '0', purposeOfEvent });
    expect(JSON.stringify(allowed.entity)).toContain('Observation/o1/_history/');
    const searched = await eventOf(await get(withRight(), 'Observation?patient=p1', glass));
    expect(searched).toMatchObject({ outcome: '0', purposeOfEvent });
    const refused = await eventOf(await get(clinician, 'Observation/o1', glass));
    expect(refused).toMatchObject({ outcome: '4', purposeOfEvent });
    expect(JSON.stringify(refused.subtype)).toContain('break-glass-not-granted');
    const without = await eventOf(await get(withRight(), 'Observation/o1'));
    expect(without.purposeOfEvent).toBeUndefined();
    const broken = await get(auditor, 'AuditEvent?policy=urn:lanyard:purpose:BTG&_count=1000');
    const ids = broken.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id);
    expect(ids).toEqual(expect.arrayContaining([allowed.id, searched.id, refused.id]));
    expect(ids).not.toContain(without.id);
  });

  it('is told of in each search of who has the right, whether anything is withheld or not', async () => {
    const notice = async (token: string, headers = {}) => {
      const { body } = await get(token, 'Observation?_count=0', headers);
      return JSON.stringify(body).includes('results-may-be-withheld');
    };
    const before = await notice(withRight());
    await store(consent({}));
    expect([before, await notice(withRight()), await notice(withRight(), glass), await notice(clinician)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('a security label', () => {
  const limited = () => server.token('user/*.cruds', { clearance: 'N' });
  const restricted = labelled(aLabel('L'), aLabel('R'));

  it('keeps who may not see it from writing it, and says so', async () => {
    const body = anObservation('Patient/p1', restricted);
    const made = await server.call('POST', 'Observation', { token: limited(), body });
    const raised = await server.call('PUT', 'Observation/o1', { token: limited(), body: { ...body, id: 'o1' } });
    expect([made.status, raised.status]).toEqual([403, 403]);
    expect([made.text, raised.text].every((text) => text.includes('label-above-clearance'))).toBe(true);
  });

  it('stays next to a lower one', async () => {
    await store({ ...anObservation('Patient/p1', labelled(aLabel('R'))), id: 'r1' });
    const body = { ...anObservation('Patient/p1', labelled(aLabel('L'))), id: 'r1' };
    const token = server.token('user/*.cruds', { clearance: 'R' });
    const { status } = await server.call('PUT', 'Observation/r1', { token, body });
    expect([status, await seen(token, 'Observation/r1'), await seen(limited(), 'Observation/r1')]).toEqual([
      200,
      true,
      false,
    ]);
  });

  it('refuses a clearance that is none', async () => {
    const { status, text } = await server.call('GET', 'Patient', {
      token: server.token('user/*.rs', { clearance: 'X' }),
    });
    expect([status, text.includes('claim-malformed')]).toEqual([401, true]);
  });
});

describe('$my-access', () => {
  it('tells clearance, Consents and the right to break the glass', async () => {
    const { body } = await server.call('GET', '$my-access', { token: clinician });
    const told = (body.parameter as { name: string }[]).filter(({ name }) =>
      ['clearance', 'consent', 'breakGlass'].includes(name),
    );
    expect(told).toEqual([
      { name: 'clearance', valueCode: 'V' },
      { name: 'consent', valueString: 'enforced' },
      { name: 'breakGlass', valueBoolean: false },
    ]);
  });
});

describe('a client that is registered for one purpose', () => {
  const coded = (code: string) => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code });
  const billing = (claims: object = {}) =>
    server.token('user/*.rs', { fhirUser: `${base}/Practitioner/pr1`, purpose_of_use: 'HPAYMT', ...claims });
  const get = (token: string, purpose?: string) =>
    server.call('GET', 'Observation/o1', {
      token,
      ...(purpose !== undefined && { headers: { 'x-purpose-of-use': purpose } }),
    });

  it('meets Consents by it, in place of TREAT', async () => {
    await store(consent({ purpose: [coded('HPAYMT')] }));
    expect([await seen(billing()), await seen(clinician)]).toEqual([false, true]);
    await store(consent({ purpose: [coded('TREAT')] }));
    expect([await seen(billing()), await seen(clinician)]).toEqual([true, false]);
    await store(consent({ type: 'deny', provision: [{ type: 'permit', purpose: [coded('HPAYMT')] }] }));
    expect([await seen(billing()), await seen(clinician)]).toEqual([true, false]);
  });

  it('cannot say otherwise by a header, nor break the glass by it', async () => {
    await store(consent({}));
    for (const purpose of ['TREAT', 'BTG; reason="x"']) {
      const refused = await get(billing({ break_glass: true }), purpose);
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([
        403,
        expect.stringContaining('purpose-contradicted'),
      ]);
    }
    expect((await get(billing({ break_glass: true }), 'HPAYMT; reason="invoice 7"')).status).toBe(404);
  });

  it.each(['BTG', 'hpaymt', '', 7, ['HPAYMT'], 'X'.repeat(40)])('is refused with %j in its token', async (claimed) => {
    const { status, text } = await get(billing({ purpose_of_use: claimed }));
    expect([status, text.includes('claim-malformed')]).toEqual([401, true]);
  });

  it('is audited with it, and told so', async () => {
    await store(consent({ purpose: [coded('TREAT')] }));
    const { headers } = await get(billing());
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const { body } = await server.call('GET', `AuditEvent?entity:identifier=${headers['x-request-id']}`, {
      token: auditor,
    });
    expect(body.entry[0].resource.purposeOfEvent).toEqual([{ coding: [coded('HPAYMT')] }]);
    const told = await server.call('POST', '$explain-access', {
      token: billing(),
      body: 'request=GET%20Observation',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(told.text).toContain('All requests of the client are for HPAYMT');
  });
});
