// https://hl7.org/fhir/R4/search.html: what values are compared with
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const put = async (type: string, id: string, content: object) =>
  expect(
    await server.call('PUT', `${type}/${id}`, { token: all, body: { resourceType: type, id, ...content } }),
  ).toMatchObject({ status: 201 });
const idsOf = ({ body }: Answer): readonly string[] =>
  (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
const search = async (query: string): Promise<readonly string[]> => {
  const answer = await server.call('GET', query, { token: all });
  expect(answer.status, answer.text).toBe(200);
  return idsOf(answer);
};

describe('strings', () => {
  it('with line breaks are found by :exact, by their start and by _filter', async () => {
    await put('Location', 'l1', { description: 'x', name: 'Ward 1\r\nEast\twing' });
    await put('Location', 'l2', { name: 'Ward 1 East wing' });
    const broken = encodeURIComponent('Ward 1\r\nEast\twing');
    expect(await search(`Location?name:exact=${broken}`)).toEqual(['l1']);
    expect(await search(`Location?name:exact=${encodeURIComponent('Ward 1 East wing')}`)).toEqual(['l2']);
    expect(await search(`Location?name=${broken}`)).toEqual(['l1', 'l2']);
    expect(await search(`Location?name:contains=${encodeURIComponent('1\r\nEast')}`)).toEqual(['l1', 'l2']);
  });

  it('with other control characters are still refused, and codes with line breaks', async () => {
    expectOutcome(await server.call('GET', 'Location?name:exact=%01', { token: all }), 400, /control characters/);
    expectOutcome(await server.call('GET', 'Location?identifier=a%0A', { token: all }), 400, /control characters/);
  });
});

describe(':missing', () => {
  it('is false for a reference to a contained resource, which no other search finds', async () => {
    const medication = { resourceType: 'Medication', id: 'm', code: { text: 'aspirin' } };
    const request = { status: 'active', intent: 'order', subject: { reference: 'Patient/p1' } };
    await put('MedicationRequest', 'r1', {
      ...request,
      contained: [medication],
      medicationReference: { reference: '#m' },
    });
    await put('MedicationRequest', 'r2', { ...request, medicationCodeableConcept: { text: 'aspirin' } });
    await put('MedicationRequest', 'r3', { ...request, medicationReference: { reference: 'Medication/m' } });
    expect(await search('MedicationRequest?medication:missing=false')).toEqual(['r1', 'r3']);
    expect(await search('MedicationRequest?medication:missing=true')).toEqual(['r2']);
    expect(await search('MedicationRequest?_filter=medication pr true')).toEqual(['r1', 'r3']);
    expect(await search('MedicationRequest?medication=m')).toEqual(['r3']);
    expect(await search('MedicationRequest?medication=Medication/m')).toEqual(['r3']);
  });
});

describe('times', () => {
  const observation = (effectiveDateTime: string) => ({ status: 'final', code: { text: 'c' }, effectiveDateTime });

  it('are compared with every digit that is written, as clients of .NET (7) and Java (9) write them', async () => {
    await put('Observation', 't1', observation('2024-05-01T10:00:00.1234567Z'));
    await put('Observation', 't2', observation('2024-05-01T10:00:00.1234568Z'));
    await put('Observation', 't3', observation('2024-05-01T10:00:00.123456789Z'));
    const by = (value: string) => search(`Observation?date=${value}&_sort=date`);
    expect(await by('2024-05-01T10:00:00.1234567Z')).toEqual(['t1', 't3']);
    expect(await by('2024-05-01T10:00:00.1234568Z')).toEqual(['t2']);
    expect(await by('2024-05-01T10:00:00.123456Z')).toEqual(['t1', 't3', 't2']);
    expect(await by('2024-05-01T10:00:00.123456789Z')).toEqual(['t3']);
    expect(await by('gt2024-05-01T10:00:00.1234567Z')).toEqual(['t2']);
    expect(await by('lt2024-05-01T10:00:00.1234568Z')).toEqual(['t1', 't3']);
    expect(await by('le2024-05-01T10:00:00.1234567Z')).toEqual(['t1', 't3']);
    expect(await by('ne2024-05-01T10:00:00.1234568Z')).toEqual(['t1', 't3']);
    expect(await by('2024-05-01T10:00:00.12345670Z')).toEqual([]);
    expect(await by('ap2024-05-01T10:00:00.1234567Z')).toEqual(['t1', 't3', 't2']);
  });

  it('of _lastUpdated, _since and _at take finer digits too', async () => {
    const { headers, body } = await server.call('GET', 'Observation/t1', { token: all });
    const instant = (body.meta.lastUpdated as string).replace(/Z$|\+00:00$/, '');
    const found = (prefix: string, finer: string) =>
      search(`Observation?_id=t1&_lastUpdated=${prefix}${instant}${finer}Z`);
    expect(await found('', '0000')).toEqual(['t1']);
    expect(await found('', '0001')).toEqual([]);
    expect(await found('lt', '0001')).toEqual(['t1']);
    expect(await found('ge', '0001')).toEqual([]);
    expect(await found('le', '0001')).toEqual(['t1']);
    expect(await search(`Observation/t1/_history?_since=${instant}0000Z`)).toEqual(['t1']);
    expect(await search(`Observation/t1/_history?_since=${instant}0001Z`)).toEqual([]);
    expect(await search(`Observation/t1/_history?_at=${instant}0001Z`)).toEqual(['t1']);
    expect(headers['etag']).toBe('W/"1"');
  });
});

describe('_sort by a date', () => {
  it('goes by the start of a period in both directions', async () => {
    const encounter = (start: string, end?: string) => ({
      status: 'finished',
      class: { code: 'AMB' },
      period: { start, ...(end !== undefined && { end }) },
    });
    await put('Encounter', 'long', encounter('2024-01-01', '2024-12-31'));
    await put('Encounter', 'short', encounter('2024-03-01', '2024-03-02'));
    await put('Encounter', 'open', encounter('2024-02-01'));
    expect(await search('Encounter?_sort=date')).toEqual(['long', 'open', 'short']);
    expect(await search('Encounter?_sort=-date')).toEqual(['short', 'open', 'long']);
    expect(await search('Encounter?_sort=-date&date=ge2024-01-15')).toEqual(['short', 'open', 'long']);
    const first = await server.call('GET', 'Encounter?_sort=-date&_count=1', { token: all });
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    expect(idsOf(await server.call('GET', new URL(next).pathname + new URL(next).search, { token: all }))).toEqual([
      'open',
    ]);
  });
});
