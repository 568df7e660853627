// What a caller with a limit is told of a 404: what lies within reach, in the same words whatever is stored outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { abstain, type AccessPolicy, type AccessQuery, constrain } from '../../src/scope/policies/policy.js';
import { aConsent } from '../support/consents.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

class FinalOnly implements AccessPolicy {
  readonly name = 'final-only';
  decide({ principal, type }: AccessQuery) {
    return principal.clientId === 'limited' && type === 'Observation' ? constrain('status=final', 'final') : abstain();
  }
}

let server: TestServer;
const categories = 'http://terminology.hl7.org/CodeSystem/observation-category';

beforeAll(async () => {
  server = await startServer({}, [FhirModule.forFeature({ name: 'test', policies: [FinalOnly] })]);
  const hidden = {
    ...anObservation('Patient/p2', { status: 'amended' }),
    id: 'hidden',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' }] },
  };
  const withheld = { ...anObservation('Patient/p3'), id: 'withheld' };
  const people = ['p2', 'p3'].map((id) => ({ ...aPatient(), id }));
  const denial = { ...aConsent('Patient/p3'), id: 'denial' };
  const body = aBundle('transaction', ...[...people, hidden, withheld, denial].map(putting));
  const loaded = await server.call('POST', '', {
    token: server.token('system/*.cruds', { sub: 'x', client_id: 'x' }),
    body,
  });
  if (loaded.status !== 200) throw new Error(loaded.text);
});
afterAll(() => server.close());

interface Said {
  readonly severity: string;
  readonly details?: { readonly text: string };
}
const remarksOf = (issues: readonly Said[]): readonly string[] =>
  issues.filter(({ severity }) => severity === 'information').map(({ details }) => details!.text);

interface Way {
  readonly limit: string;
  readonly scope: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly words: string;
  /** Of a row out of reach. */
  readonly outside?: string;
}

const ways: readonly Way[] = [
  { limit: 'a record', scope: 'patient/*.cruds', claims: { patient: 'p1' }, words: 'record of Patient/p1' },
  {
    limit: 'a granular scope',
    scope: `user/Observation.cruds?category=${categories}|imaging`,
    words: `category ${categories}|imaging`,
  },
  {
    limit: 'two granular scopes',
    scope: 'user/Observation.cruds?category=a user/Observation.cruds?category=b',
    words: 'category a; or category b',
  },
  {
    limit: 'a policy',
    scope: 'user/Observation.cruds',
    claims: { client_id: 'limited' },
    words: 'what the policies allow',
  },
  {
    limit: 'a label',
    scope: 'user/Observation.cruds',
    claims: { clearance: 'N' },
    words: 'what is labelled N at most',
  },
  {
    limit: 'a policy and Consents',
    scope: 'user/Observation.cruds',
    claims: { client_id: 'limited' },
    words: 'what the policies allow; what no Consent withholds',
  },
  {
    limit: 'Consents, to who may break the glass',
    scope: 'user/Observation.cruds',
    claims: { break_glass: true },
    words: 'what no Consent withholds',
    outside: 'withheld',
  },
];

describe('404 to a caller with a limit', () => {
  it.each(ways)('says what lies within reach: $limit', async ({ scope, claims, words, outside = 'hidden' }) => {
    const token = server.token(scope, claims);
    const patch = (id: string) =>
      server.call('PATCH', `Observation/${id}`, {
        token,
        body: [{ op: 'remove', path: '/note' }],
        headers: { 'content-type': 'application/json-patch+json' },
      });
    const asked: Readonly<
      Record<string, (id: string) => Promise<{ status: number; text: string; body: { issue: Said[] } }>>
    > = {
      read: (id) => server.call('GET', `Observation/${id}`, { token }),
      'read a version': (id) => server.call('GET', `Observation/${id}/_history/1`, { token }),
      'read a history': (id) => server.call('GET', `Observation/${id}/_history`, { token }),
      update: patch,
      delete: (id) => server.call('DELETE', `Observation/${id}`, { token }),
    };
    for (const [name, ask] of Object.entries(asked)) {
      const [hidden, unknown] = [await ask(outside), await ask('nobody-knows')];
      expect([name, hidden.status, unknown.status]).toEqual([name, 404, 404]);
      expect(hidden.text.replaceAll(outside, 'nobody-knows')).toBe(unknown.text);
      const [remark, ...more] = remarksOf(unknown.body.issue);
      expect(more).toEqual([]);
      expect(remark).toContain(`Of Observation, this token can ${name.split(' ')[0]}: `);
      expect(remark).toContain(words);
      expect(remark).toContain('What lies outside is answered as if it did not exist.');
    }
  });

  it('says it for conditions and for entries of bundles, too', async () => {
    const token = server.token('patient/*.cruds', { patient: 'p1' });
    const conditional = await server.call('PATCH', 'Observation?status=amended', {
      token,
      body: [{ op: 'remove', path: '/note' }],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(conditional.status).toBe(404);
    expect(remarksOf(conditional.body.issue)[0]).toContain('can search: record of Patient/p1');
    for (const type of ['batch', 'transaction'] as const) {
      const body = aBundle(type, { request: { method: 'DELETE', url: 'Observation/hidden' } });
      expect((await server.call('POST', '', { token, body })).text).toContain('can delete: record of Patient/p1');
    }
  });

  it('says nothing where nothing but Consents limits, unless the caller may lift them', async () => {
    const ask = (claims: Readonly<Record<string, unknown>>, id: string, headers = {}) =>
      server.call('GET', `Observation/${id}`, { token: server.token('user/*.cruds', claims), headers });
    const [withheld, unknown] = [await ask({}, 'withheld'), await ask({}, 'nobody-knows')];
    expect([withheld.status, unknown.status, unknown.body.issue.length]).toEqual([404, 404, 1]);
    expect(withheld.text.replaceAll('withheld', 'nobody-knows')).toBe(unknown.text);
    const told = await ask({ break_glass: true }, 'nobody-knows');
    expect(told.body.issue[1].diagnostics).toContain('repeat the request with X-Purpose-Of-Use: BTG');
    const lifted = await ask({ break_glass: true }, 'nobody-knows', {
      'X-Purpose-Of-Use': 'BTG; reason="unconscious"',
    });
    expect([lifted.status, lifted.body.issue.length]).toEqual([404, 1]);
  });

  it('says nothing to whoever reaches everything, and shortens what is long', async () => {
    const everything = server.token('system/*.rs', { sub: 'x', client_id: 'x' });
    const { body } = await server.call('GET', 'Device/nobody-knows', { token: everything });
    expect(body.issue).toHaveLength(1);
    const scopes = Array.from({ length: 60 }, (_, i) => `user/Observation.rs?category=c${i}`).join(' ');
    const long = await server.call('GET', 'Observation/nobody-knows', { token: server.token(scopes) });
    expect(remarksOf(long.body.issue)[0]).toContain('or 52 more');
  });
});
