import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { aConsent, aLabel, labelled } from '../support/consents.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import { runSql } from '../leaks/world.js';

/**
 * How long a 404 takes must not tell what it is for. Time cannot be tested, work can: for something hidden the database is sent the
 * same statements as for something absent, and answers with as many bytes.
 */
let server: TestServer;

const practitioner = { fhirUser: `${base}/Practitioner/dr` };
/** Characters of what is hidden: to read them takes a time that can be measured. */
const large = 500_000;
const hidden = { reading: 'hidden-id', absent: 'absent-id' } as const;

beforeAll(async () => {
  // AuditEvents are made in the background, also while the next request is measured.
  server = await startServer({ REFERENTIAL_INTEGRITY: 'off', AUDIT: 'off' });
  const token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
  const policy = {
    name: 'own-organization',
    description: 'only patients of the organization',
    assignedTo: { clients: ['limited'] },
    rules: [{ types: ['Observation'], constrain: 'patient.organization=Organization/o1' }],
  };
  const others = Array.from({ length: 60 }, (_, n) => ({ ...anObservation(`Patient/p${n % 3}`), id: `other-${n}` }));
  const resources: readonly JsonObject[] = [
    { resourceType: 'Organization', id: 'o1', name: 'One' },
    ...['p0', 'p1', 'p2'].map((id) => ({ ...aPatient(), id })),
    ...others,
    {
      ...anObservation('Patient/p1', { ...labelled(aLabel('V')), status: 'amended', valueString: 'x'.repeat(large) }),
      id: hidden.reading,
    },
    { ...aConsent('Patient/p1'), id: 'denial' },
  ];
  const again = { ...resources.at(-2)!, language: 'de' };
  for (const body of [aBundle('transaction', ...resources.map(putting)), aBundle('transaction', putting(again))]) {
    const { status, text } = await server.call('POST', '', { token, body });
    if (status !== 200) throw new Error(text);
  }
  await server.app.get(AccessPolicies).put(policy, 'loader');
  await server.app.get(AccessRules).refresh();
  await runSql(server, 'ANALYZE');
});
afterAll(() => server?.close());

interface Sent {
  readonly text: string;
  /** How much came back. */
  readonly size: number;
}

/** What is sent about data; not what servers look for every few seconds. */
const isAboutData = ({ text }: Sent): boolean =>
  /\b(?:resource(?:_\w+)?|consent_rule|binary_version|idempotency_key)\b/.test(text) && !/lanyard_fence/.test(text);

async function sentBy(work: () => Promise<unknown>): Promise<readonly Sent[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const { calls, results } = query.mock;
    const sent = await Promise.all(
      calls.map(async ([statement], at): Promise<Sent> => {
        const one: unknown = statement;
        const answer = (await results[at]?.value) as { readonly rows?: readonly unknown[] } | undefined;
        const text = typeof one === 'string' ? one : (one as { readonly text: string }).text;
        return { text, size: JSON.stringify(answer?.rows ?? []).length };
      }),
    );
    return sent.filter(isAboutData);
  } finally {
    query.mockRestore();
  }
}

const observation = (id: string): JsonObject => ({ ...anObservation('Patient/p0'), id });
const patch = [{ op: 'add', path: '/language', value: 'is' }];
const asPatch = { 'content-type': 'application/json-patch+json' };
type Ask = (token: string, id: string) => Promise<Answer>;

const requests: Readonly<Record<string, Ask>> = {
  read: (token, id) => server.call('GET', `Observation/${id}`, { token }),
  'read of a part': (token, id) => server.call('GET', `Observation/${id}?_elements=status`, { token }),
  'conditional read': (token, id) =>
    server.call('GET', `Observation/${id}`, { token, headers: { 'if-none-match': 'W/"1"' } }),
  vread: (token, id) => server.call('GET', `Observation/${id}/_history/1`, { token }),
  'vread of the current version': (token, id) => server.call('GET', `Observation/${id}/_history/2`, { token }),
  history: (token, id) => server.call('GET', `Observation/${id}/_history`, { token }),
  'search by id': (token, id) => server.call('GET', `Observation?_id=${id}`, { token }),
  'search by id with a total': (token, id) => server.call('GET', `Observation?_id=${id}&_total=accurate`, { token }),
  'search by id with includes': (token, id) =>
    server.call('GET', `Observation?_id=${id}&_include=Observation:subject`, { token }),
  $meta: (token, id) => server.call('GET', `Observation/${id}/$meta`, { token }),
  update: (token, id) => server.call('PUT', `Observation/${id}`, { token, body: observation(id) }),
  'update of a version': (token, id) =>
    server.call('PUT', `Observation/${id}`, { token, body: observation(id), headers: { 'if-match': 'W/"2"' } }),
  patch: (token, id) => server.call('PATCH', `Observation/${id}`, { token, body: patch, headers: asPatch }),
  delete: (token, id) => server.call('DELETE', `Observation/${id}`, { token }),
  'conditional delete': (token, id) => server.call('DELETE', `Observation?_id=${id}`, { token }),
  'conditional patch': (token, id) =>
    server.call('PATCH', `Observation?_id=${id}`, { token, body: patch, headers: asPatch }),
  'entry of a batch': (token, id) =>
    server.call('POST', '', {
      token,
      body: aBundle('batch', { request: { method: 'GET', url: `Observation/${id}` } }),
    }),
  'entry of a transaction': (token, id) =>
    server.call('POST', '', {
      token,
      body: aBundle('transaction', { request: { method: 'DELETE', url: `Observation/${id}` } }),
    }),
};

const limits: readonly (readonly [string, string, JsonObject])[] = [
  ['a record', 'patient/*.cruds', { patient: 'p0' }],
  [
    'a granular scope',
    'user/Observation.cruds?status=final user/Patient.rs',
    { ...practitioner, consent_exempt: true },
  ],
  ['a policy', 'user/*.cruds', { ...practitioner, client_id: 'limited', consent_exempt: true }],
  ['a clearance', 'user/*.cruds', { ...practitioner, consent_exempt: true, clearance: 'N' }],
  ['a Consent', 'user/*.cruds', practitioner],
];

describe.each(limits)('what %s hides', (_limit, scope, claims) => {
  it.each(Object.entries(requests))(
    'takes the statements of what is absent, and reads no content of what is hidden: %s',
    async (_name, ask) => {
      const token = server.token(scope, claims);
      // Whatever is made once is made before: a statement is prepared when it comes for the third time.
      for (let n = 0; n < 3; n++) await ask(token, 'other-absent');
      const answers: Answer[] = [];
      const sent: (readonly Sent[])[] = [];
      for (const id of [hidden.reading, hidden.absent])
        sent.push(await sentBy(async () => answers.push(await ask(token, id))));
      const [there, absent] = answers.map(
        ({ status, text }) => `${status} ${text.replaceAll(/(?:hidden|absent)-id/g, 'ID')}`,
      );
      expect(withoutTimes(there!)).toBe(withoutTimes(absent!));
      const [ofHidden, ofAbsent] = sent as [readonly Sent[], readonly Sent[]];
      expect(ofHidden.map(({ text }) => text)).toEqual(ofAbsent.map(({ text }) => text));
      expect(ofHidden.length).toBeGreaterThan(0);
      // Nor is its content read: what is locked is a few columns.
      for (const { text, size } of ofHidden) expect(size, text).toBeLessThan(2_000);
    },
  );
});

const withoutTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'T').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID');
