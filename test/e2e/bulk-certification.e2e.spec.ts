// What Inferno's Bulk Data test kit asserts of a server (v2.0.0), of each level: https://github.com/inferno-framework/bulk-data-test-kit
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOf } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const guide = 'http://hl7.org/fhir/uv/bulkdata';
let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  token = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const patients = ['p1', 'p2'];
  const resources = [
    ...patients.map((id) => ({ ...aPatient(), id })),
    ...patients.map((id) => ({ ...anObservation(`Patient/${id}`), id: `of-${id}` })),
    {
      resourceType: 'Group',
      id: 'g1',
      type: 'person',
      actual: true,
      member: patients.map((id) => ({ entity: { reference: `Patient/${id}` } })),
    },
  ];
  const { status, text } = await server.call('POST', '', {
    token,
    body: aBundle('transaction', ...resources.map(putting)),
  });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const kickOff = (path: string, query = ''): Promise<Answer> => {
  const headers = { accept: 'application/fhir+json', prefer: 'respond-async' };
  return server.call('GET', `${path}${query}`, { token, headers });
};

const placeIn = ({ headers }: Answer): string => placeOf(headers['content-location']!);

/** Polls as Retry-After says. */
async function complete(place: string): Promise<Answer> {
  for (let tries = 0; tries < 30; tries++) {
    const answer = await server.call('GET', place, { token, headers: { accept: 'application/json' } });
    if (answer.status !== 202) return answer;
    await sleep(Number(answer.headers['retry-after']) * 1000);
  }
  throw new Error('It does not end.');
}

/** Statuses of the call and of its cancellation. */
const cancelled = async (begun: Answer): Promise<readonly number[]> => [
  begun.status,
  (await server.call('DELETE', placeIn(begun), { token })).status,
];

interface Operation {
  readonly name: string;
  readonly definition: string;
}

describe.each([
  { level: 'Group', path: 'Group/g1/$export', definition: 'group-export' },
  { level: 'Patient', path: 'Patient/$export', definition: 'patient-export' },
  { level: 'system', path: '$export', definition: 'export' },
])('an export of level $level', ({ level, path, definition }) => {
  it('is claimed by the CapabilityStatement', async () => {
    const { status, body } = await server.call('GET', 'metadata');
    const rest = body.rest[0] as { operation: Operation[]; resource: { type: string; operation?: Operation[] }[] };
    const offered = level === 'system' ? rest.operation : rest.resource.find(({ type }) => type === level)?.operation;
    expect(status).toBe(200);
    expect(offered).toContainEqual(
      expect.objectContaining({ name: 'export', definition: `${guide}/OperationDefinition/${definition}` }),
    );
    expect(body.instantiates).toContain(`${guide}/CapabilityStatement/bulk-data`);
  });

  it('needs authorization', async () => {
    const { status } = await server.call('GET', path, { headers: { prefer: 'respond-async' } });
    expect([400, 401]).toContain(status);
  });

  it('ends with a manifest, whose files need the token and hold valid resources of their type', async () => {
    const begun = await kickOff(path);
    expect([begun.status, begun.headers['content-location']]).toEqual([202, expect.any(String)]);
    const { status, headers, body } = await complete(placeIn(begun));
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/json')]);
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining(['transactionTime', 'request', 'requiresAccessToken', 'output', 'error']),
    );
    expect(body.requiresAccessToken).toBe(true);
    const patients = new Set<string>();
    for (const { type, url } of body.output as readonly { type: string; url: string }[]) {
      expect([400, 401]).toContain((await server.call('GET', placeOf(url))).status);
      const file = await server.call('GET', placeOf(url), { token, headers: { accept: 'application/fhir+ndjson' } });
      expect(file.headers['content-type']).toMatch(/^application\/fhir\+ndjson/);
      for (const line of file.text.trimEnd().split('\n')) {
        const resource = JSON.parse(line) as { resourceType: string; id: string };
        expect(resource.resourceType).toBe(type);
        if (type === 'Patient') patients.add(resource.id);
        const judged = await server.call('POST', `${type}/$validate`, { token, body: resource });
        expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
      }
    }
    expect(patients.size).toBeGreaterThanOrEqual(2);
  });

  it('is cancelled, and then 404 with an OperationOutcome', async () => {
    const begun = await kickOff(path);
    expect(await cancelled(begun)).toEqual([202, 202]);
    expectOutcome(await server.call('GET', placeIn(begun), { token }), 404, /not-found/);
  });

  it.each(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])('takes _outputFormat=%s', async (format) => {
    expect(await cancelled(await kickOff(path, `?_outputFormat=${encodeURIComponent(format)}`))).toEqual([202, 202]);
  });

  it('takes _since with an offset of time', async () => {
    const since = encodeURIComponent('2021-02-03T04:05:06.789+05:00');
    expect(await cancelled(await kickOff(path, `?_since=${since}`))).toEqual([202, 202]);
  });
});
