// http://hl7.org/fhir/us/core/OperationDefinition/docref
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const document = (patient: string, code: string, day: string, status = 'current') => ({
    resourceType: 'DocumentReference',
    status,
    date: `${day}T00:00:00Z`,
    type: { coding: [{ system: 'http://loinc.org', code }] },
    subject: { reference: `Patient/${patient}` },
    context: { period: { start: day, end: day } },
    content: [{ attachment: { url: 'http://e.x/d' } }],
  });
  const documents = {
    old: document('p1', '34133-9', '2020-01-01'),
    new: document('p1', '34133-9', '2021-01-01'),
    past: document('p1', '34133-9', '2022-01-01', 'superseded'),
    note: document('p1', '11506-3', '2022-01-01'),
    other: document('p2', '34133-9', '2021-01-01'),
  };
  for (const [id, resource] of Object.entries(documents)) {
    await server.call('PUT', `DocumentReference/${id}`, { token: all, body: { ...resource, id } });
  }
});
afterAll(() => server.close());

const docref = (query: string, token = all) => server.call('GET', `DocumentReference/$docref?${query}`, { token });
const idsOf = async (query: string, token = all): Promise<readonly string[]> => {
  const { status, body, text } = await docref(query, token);
  expect([status, body.resourceType, body.type], text).toEqual([200, 'Bundle', 'searchset']);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).toSorted();
};

describe('DocumentReference/$docref', () => {
  it.each([
    ['patient=p1', ['new']],
    ['patient=nobody', []],
    ['patient=p1&type=http://loinc.org|11506-3', ['note']],
    ['patient=p1&type=http://loinc.org|11506-3&type=http://loinc.org|34133-9', ['new', 'note', 'old']],
    ['patient=p1&start=2020-06-01', ['new', 'note']],
    ['patient=p1&end=2020-06-01', ['old']],
    ['patient=p1&start=2020-06-01T00:00:00Z&end=2021-06-01T00:00:00Z', ['new']],
    ['patient=p1&on-demand=false', ['new']],
    ['patient=p1&on-demand=true', []],
  ])('%s', async (query, expected) => {
    expect(await idsOf(query)).toEqual(expected);
  });

  it('takes Parameters too', async () => {
    const parameter = [
      { name: 'patient', valueId: 'p1' },
      { name: 'type', valueCoding: { system: 'http://loinc.org', code: '11506-3' } },
    ];
    const body = { resourceType: 'Parameters', parameter };
    const answer = await server.call('POST', 'DocumentReference/$docref', { token: all, body });
    expect(answer.body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['note']);
  });

  it('says what it does not take', async () => {
    expectOutcome(await docref(''), 400, /needs the parameter patient/);
    expectOutcome(
      await docref('patient=p1&profile=http://e.x'),
      400,
      /no parameter .*profile.*It takes patient, start, end, type, on-demand/,
    );
    expectOutcome(await docref('patient=p1&patient=p2'), 400, /patient once/);
    expectOutcome(await docref('patient=p1&start=soon'), 400);
  });

  it('is a search: it needs its scope, and shows only what the token reaches', async () => {
    expect((await server.call('GET', 'DocumentReference/$docref?patient=p1')).status).toBe(401);
    const wrong = await docref('patient=p1', server.token('user/Patient.rs'));
    expect([wrong.status, reasonsOf(wrong)]).toEqual([403, ['scope-insufficient']]);
    const own = server.token('patient/DocumentReference.rs', { patient: 'p1' });
    expect(await idsOf('patient=p1', own)).toEqual(['new']);
    const other = await docref('patient=p2', own);
    expect([other.status, reasonsOf(other)]).toEqual([403, ['patient-context-mismatch']]);
  });

  it('ends early like any search where the answer is made in one go, and goes on by its next link', async () => {
    const attachment = { contentType: 'text/plain', data: 'eHh4'.repeat(100_000) };
    for (let i = 0; i < 10; i++) {
      const body = {
        resourceType: 'DocumentReference',
        id: `large${i}`,
        status: 'current',
        subject: { reference: 'Patient/p3' },
        type: { coding: [{ system: 'http://loinc.org', code: '11506-3' }] },
        content: [{ attachment }],
      };
      expect((await server.call('PUT', `DocumentReference/${body.id}`, { token: all, body })).status).toBe(201);
    }
    const asked = 'patient=p3&type=http://loinc.org|11506-3';
    expect(await idsOf(asked)).toHaveLength(10);
    for (const form of ['_format=xml', '_pretty=true']) {
      const { text } = await docref(`${asked}&${form}`);
      expect([text.length > 2_000_000, text.length < 2_600_000]).toEqual([true, true]);
      expect(text.slice(0, 3000)).toMatch(/relation(?: value=|": )"next"/);
    }
  });

  it('is in /metadata', async () => {
    const { body } = await server.call('GET', 'metadata');
    const offered = body.rest[0].resource.find(({ type }: { type: string }) => type === 'DocumentReference').operation;
    expect(offered).toContainEqual(
      expect.objectContaining({ name: 'docref', definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref' }),
    );
  });
});
