import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, anObservation, aPatient, type Entry, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

/** https://hl7.org/fhir/R4/http.html#transaction: what an entry says is judged as if it was sent alone, however it is dressed up. */
let server: TestServer;
let admin: string;
let mine: string;
let writeOnly: string;

beforeAll(async () => {
  server = await startServer();
  admin = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  mine = server.token('patient/*.cruds', { patient: 'p1' });
  writeOnly = server.token('patient/*.cud', { patient: 'p1' });
  const resources = [
    { ...aPatient(), id: 'p1' },
    { ...aPatient({ identifier: [{ system: 'urn:x', value: 'theirs' }] }), id: 'p2' },
    { ...anObservation('Patient/p2', { language: 'secret-of-p2' }), id: 'theirs' },
    { ...anObservation('Patient/p1'), id: 'own' },
  ];
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: admin, body });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const theirs = (): JsonObject => ({ ...anObservation('Patient/p2'), id: 'theirs' });
const asking = (method: string, url: string, resource?: JsonObject, more: JsonObject = {}): Entry => ({
  request: { method, url, ...more },
  ...(resource && { resource }),
});

const smuggled: Readonly<Record<string, Entry>> = {
  'a read of another record': asking('GET', 'Observation/theirs'),
  'a read by an absolute URL here': asking('GET', `${base}/Observation/theirs`),
  'a read on another host': asking('GET', 'https://other.example/fhir/r4/Observation/theirs'),
  'a read without a scheme': asking('GET', '//other.example/Observation/theirs'),
  dots: asking('GET', 'Patient/p1/../../Observation/theirs'),
  'encoded dots': asking('GET', 'Patient/p1/%2e%2e/%2e%2e/Observation/theirs'),
  'a path that is encoded twice': asking('GET', 'Observation%252Ftheirs'),
  'an encoded slash': asking('GET', 'Observation%2Ftheirs'),
  'a method in lower case': asking('get', 'Observation/theirs'),
  'a method with a space': asking('GET ', 'Observation/theirs'),
  'the compartment of another patient': asking('GET', 'Patient/p2/Observation'),
  'everything of another patient': asking('GET', 'Patient/p2/*'),
  'a search that names another patient': asking('GET', 'Observation?patient=p2'),
  'an update of another record': asking('PUT', 'Observation/theirs', theirs()),
  'an update that takes one away': asking('PUT', 'Observation/theirs', {
    ...anObservation('Patient/p1'),
    id: 'theirs',
  }),
  'an update that gives one away': asking('PUT', 'Observation/own', { ...anObservation('Patient/p2'), id: 'own' }),
  'a conditional update': asking('PUT', 'Observation?patient=p2', anObservation('Patient/p2')),
  'a conditional delete': asking('DELETE', 'Observation?patient=p2'),
  'a delete': asking('DELETE', 'Observation/theirs'),
  'a create in another record': asking('POST', 'Observation', anObservation('Patient/p2')),
  'a create without a record': asking('POST', 'Observation', {
    ...anObservation('Patient/p1'),
    subject: undefined,
  }),
  'a create of a Patient (115a)': asking('POST', 'Patient', aPatient()),
  'an If-None-Exist probe': asking('POST', 'Observation', anObservation('Patient/p2'), { ifNoneExist: 'patient=p2' }),
  'an If-Match probe': asking('PUT', 'Observation/theirs', theirs(), { ifMatch: 'W/"1"' }),
  'a type that is not that of the body': asking('POST', 'Observation', {
    resourceType: 'MedicationRequest',
    status: 'active',
  }),
  'a type that is not that of the body, by PUT': asking('PUT', 'Observation/own', { ...aPatient(), id: 'own' }),
  'another id than that of the body': asking('PUT', 'Observation/own', theirs()),
  'a patch in a Binary': asking('PATCH', 'Observation/theirs', {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from('[{"op":"replace","path":"/subject/reference","value":"Patient/p1"}]').toString('base64'),
  }),
  'a bundle inside': asking('POST', '', aBundle('transaction', asking('GET', 'Observation/theirs'))),
  'an operation': asking('POST', 'Observation/theirs/$meta-add', { resourceType: 'Parameters' }),
  'an operation on all rows': asking('POST', '$reindex', { resourceType: 'Parameters' }),
};

/** An id is not to be told apart from one that nobody has. */
const withoutIds = (text: string): string => text.replaceAll('theirs', 'ID').replaceAll('nobody', 'ID');
const ofNobody = (entry: Entry): Entry => JSON.parse(JSON.stringify(entry).replaceAll('theirs', 'nobody')) as Entry;

describe('an entry that smuggles', () => {
  it.each(Object.entries(smuggled))('%s gets nothing, in a batch and in a transaction', async (_, entry) => {
    const found = await server.call('POST', '', { token: mine, body: aBundle('batch', entry) });
    const [answer] = (found.body.entry ?? []) as { response: { status: string }; resource?: { total?: number } }[];
    const isEmpty = answer?.resource?.total === 0;
    expect([isEmpty || /^(?:4|501)/.test(answer?.response.status ?? String(found.status)), found.text]).toEqual([
      true,
      found.text,
    ]);
    const whole = await server.call('POST', '', { token: mine, body: aBundle('transaction', entry) });
    expect([whole.status >= 400 || isEmpty, whole.status < 500 || whole.status === 501]).toEqual([true, true]);
    for (const { text } of [found, whole]) expect(text).not.toContain('secret-of-p2');
    const unknown = await server.call('POST', '', { token: mine, body: aBundle('batch', ofNobody(entry)) });
    expect(withoutIds(found.text)).toBe(withoutIds(unknown.text));
  });

  it('leaves everything as it was', async () => {
    for (const [path, subject] of [
      ['Observation/theirs', 'Patient/p2'],
      ['Observation/own', 'Patient/p1'],
    ] as const) {
      const { body } = await server.call('GET', path, { token: admin });
      expect([path, body.subject.reference, body.meta.versionId]).toEqual([path, subject, '1']);
    }
    const { body } = await server.call('GET', '?_type=Observation,Patient&_summary=count', { token: admin });
    expect(body.total).toBe(4);
  });

  it('reads nothing with a token that may only write', async () => {
    const entries = [asking('GET', 'Observation/own'), asking('GET', 'Observation')];
    const { body } = await server.call('POST', '', { token: writeOnly, body: aBundle('batch', ...entries) });
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
      '403 Forbidden',
      '403 Forbidden',
    ]);
  });

  it('makes a transaction fail as a whole, with an issue for each entry', async () => {
    const entries = [
      putting({ ...anObservation('Patient/p1', { language: 'changed' }), id: 'own' }),
      asking('GET', 'Patient/p2'),
      asking('POST', 'Patient', aPatient()),
    ];
    const { status, body } = await server.call('POST', '', { token: mine, body: aBundle('transaction', ...entries) });
    expect([status, body.issue.map(({ expression }: { expression: string[] }) => expression[0])]).toEqual([
      403,
      ['Bundle.entry[1]', 'Bundle.entry[2]'],
    ]);
    expect((await server.call('GET', 'Observation/own', { token: admin })).body.language).toBeUndefined();
  });

  it('resolves references among what the caller may search, and needs s for it', async () => {
    const referring = (value: string): Entry =>
      asking(
        'POST',
        'Observation',
        anObservation('Patient/p1', { performer: [{ reference: `Patient?identifier=urn:x|${value}` }] }),
      );
    const ask = async (token: string, value: string) =>
      (await server.call('POST', '', { token, body: aBundle('transaction', referring(value)) })) as {
        status: number;
        text: string;
      };
    const [hidden, unknown] = [await ask(mine, 'theirs'), await ask(mine, 'nobody')];
    expect([hidden.status, withoutIds(hidden.text)]).toEqual([unknown.status, withoutIds(unknown.text)]);
    expect(hidden.status).toBeGreaterThanOrEqual(400);
    expect((await ask(writeOnly, 'theirs')).status).toBe(403);
  });
});
