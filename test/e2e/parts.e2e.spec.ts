// docs/extensions/parts.md: parts of the server that a module replaces
import { Injectable, Module, type Provider } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMART_CONTEXT, type SmartContextReader } from '../../src/auth/parts/smart-context.js';
import {
  type TokenFinding,
  TOKEN_VERIFIER,
  type TokenVerifier,
  type Trust,
} from '../../src/auth/parts/token-verifier.js';
import type { Claims } from '../../src/auth/token/strict-json.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { ACCESS_DECISION, type AccessDecisionPoint } from '../../src/scope/decision-point/access-decision-point.js';
import { type AccessDecision, type AccessQuery, deny } from '../../src/scope/policies/policy.js';
import { accessDecisionContract } from '../../src/testing/contracts/access-decision.contract.js';
import { CedarDecisionPoint } from '../support/cedar-decision-point.js';
import { reasonsOf } from '../support/outcome.js';
import { SealedTokens, sealedToken } from '../support/sealed-tokens.js';
import { anObservation, aPatient } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

const featureOf = (...parts: readonly Provider[]) => FhirModule.forFeature({ name: '@acme/parts', parts });

describe('a verifier, a context and a decision point of a module', () => {
  /** The seals of whatever issuer the server trusts first. */
  @Injectable()
  class OfFirstIssuer implements TokenVerifier {
    readonly name = 'acme-tokens';

    verify(token: string, trust: Trust): TokenFinding {
      if (token.startsWith('boom')) throw new Error('broken');
      return new SealedTokens(trust.issuers[0]!.issuer).verify(token);
    }
  }

  @Injectable()
  class People {
    of(claims: Claims): string | undefined {
      return typeof claims['person'] === 'string' ? claims['person'] : undefined;
    }
  }

  @Module({ providers: [People], exports: [People] })
  class DirectoryModule {}

  /** Injects what its module imports. */
  @Injectable()
  class DirectoryContext implements SmartContextReader {
    readonly name = 'directory';

    constructor(private readonly people: People) {}

    async read(claims: Claims) {
      if (claims['person'] === 'boom') throw new Error('broken');
      const fhirUser = this.people.of(claims);
      return fhirUser === undefined ? {} : { fhirUser };
    }
  }

  /** Cedar, but for what it is told to do wrong. */
  class Switched implements AccessDecisionPoint {
    private readonly cedar = new CedarDecisionPoint();
    readonly name = 'cedar';
    readonly types = this.cedar.types;
    readonly expressions = this.cedar.expressions;
    readonly cacheSeconds = 0;
    readonly timeout = 200;
    asked = 0;
    fault: 'none' | 'throw' | 'hang' | 'close' = 'none';

    decide(queries: readonly AccessQuery[]): Promise<readonly AccessDecision[]> {
      this.asked++;
      if (this.fault === 'throw') throw new Error('engine is broken at /etc/secret');
      if (this.fault === 'hang') return new Promise<never>(() => undefined);
      if (this.fault === 'close') return Promise.resolve(queries.map(() => deny('closed', 'It is closed.')));
      return Promise.resolve(this.cedar.decide(queries));
    }
  }

  const engine = new Switched();
  let server: TestServer;
  beforeAll(async () => {
    const parts: Provider[] = [
      { provide: TOKEN_VERIFIER, useClass: OfFirstIssuer },
      { provide: SMART_CONTEXT, useClass: DirectoryContext },
      { provide: ACCESS_DECISION, useValue: engine },
    ];
    server = await startServer({ SEARCH_COUNT_DEFAULT: '20' }, [
      FhirModule.forFeature({ name: '@acme/parts', parts }, [DirectoryModule]),
    ]);
    const all = server.token('system/*.cruds', { role: 'auditor', sub: 'loader', client_id: 'loader' });
    for (const [id, organization] of [
      ['p1', 'o1'],
      ['p2', 'o2'],
    ]) {
      const organizationOf = { resourceType: 'Organization', id: organization, name: organization };
      await server.call('PUT', `Organization/${organization}`, { token: all, body: organizationOf });
      const patient = aPatient({ id, managingOrganization: { reference: `Organization/${organization}` } });
      await server.call('PUT', `Patient/${id}`, { token: all, body: patient });
      const observation = { ...anObservation(`Patient/${id}`), id: `o-${id}` };
      await server.call('PUT', `Observation/o-${id}`, { token: all, body: observation });
    }
  });
  afterAll(() => server.close());

  const tokenWith = (claims: Readonly<Record<string, unknown>>, scope = 'user/*.cruds') =>
    server.token(scope, { person: 'Practitioner/d1', ...claims });

  accessDecisionContract({ describe, it }, async () => {
    const principal = {
      issuer: base,
      local: false,
      kind: 'user',
      scopes: ['user/*.cruds'],
      userWithoutFhirUser: 'deny',
      expiresAt: 2_000_000_000,
    } as const;
    return {
      point: new CedarDecisionPoint(),
      callers: [
        { ...principal, subject: 'a', claims: { role: 'auditor' } },
        { ...principal, subject: 'b', claims: { department: 'o1' } },
        { ...principal, subject: 'c', claims: { department: 'o1', suspended: true } },
      ],
    };
  });

  it('let a token of another format in, as who it is for', async () => {
    const exp = Math.floor(Date.now() / 1000) + 300;
    const claims = { aud: base, sub: 'ana', client_id: 'app', scope: 'user/Patient.rs', exp, department: 'o1' };
    const token = sealedToken({ ...claims, person: 'Practitioner/d7' });
    const mine = await server.call('GET', '$my-access', { token });
    expect(mine.status).toBe(200);
    expect(mine.text).toContain('Practitioner/d7');
    expect((await server.call('GET', 'Patient/p1', { token })).status).toBe(200);
    expect((await server.call('GET', 'Patient/p2', { token })).status).toBe(404);
    expect(reasonsOf(await server.call('GET', 'Patient/p1', { token: `${token}x` }))).toEqual(['verifier-refused']);
  });

  it('judge what the verifier vouches for, and let nobody in while one fails', async () => {
    const exp = Math.floor(Date.now() / 1000) + 300;
    const claims = { aud: base, sub: 'ana', client_id: 'app', scope: 'user/*.rs', exp, role: 'auditor' };
    const codesOf = async (token: string) => {
      const answer = await server.call('GET', 'Patient/p1', { token });
      return answer.status === 200 ? [] : reasonsOf(answer);
    };
    expect(await codesOf(sealedToken({ ...claims, aud: 'https://other.example' }))).toEqual(['aud-mismatch']);
    expect(await codesOf(sealedToken({ ...claims, exp: 1 }))).toEqual(['token-expired']);
    expect(await codesOf('boom')).toEqual(['verifier-unavailable']);
    expect(await codesOf(tokenWith({ person: 'boom', role: 'auditor' }))).toEqual(['context-unavailable']);
    expect((await server.call('GET', 'Patient/p1', { token: 'boom' })).status).toBe(503);
  });

  it('narrow reads, searches, includes, chains and bundles by one answer', async () => {
    const token = tokenWith({ department: 'o1' });
    const idsOf = async (query: string) => {
      const { body } = await server.call('GET', query, { token });
      return (body.entry as { resource: { id: string } }[]).map(({ resource }) => resource.id).toSorted();
    };
    expect(await idsOf('Patient?_id=p1,p2')).toEqual(['p1']);
    expect(await idsOf('Observation?_include=Observation:subject')).toEqual(['o-p1', 'p1']);
    expect(await idsOf('Patient?_has:Observation:patient:_id=o-p1,o-p2')).toEqual(['p1']);
    expect((await server.call('GET', 'Observation/o-p2', { token })).status).toBe(404);
    engine.asked = 0;
    const entry = [
      'Patient/p1',
      'Patient/p2',
      'Observation/o-p1',
      'Observation/o-p2',
      'Observation?subject=Patient/p2',
    ];
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: entry.map((url) => ({ request: { method: 'GET', url } })),
    };
    const answer = await server.call('POST', '', { token, body });
    const statuses = answer.body.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3));
    expect(statuses).toEqual(['200', '404', '200', '404', '200']);
    expect(answer.body.entry[4].resource.entry ?? []).toEqual([]);
    expect(engine.asked).toBe(1);
  });

  it('are refusals with a reason, in answers and in explanations', async () => {
    const token = tokenWith({ department: 'o1' });
    const body = aPatient({ id: 'p1', managingOrganization: { reference: 'Organization/o1' } });
    const refused = await server.call('PUT', 'Patient/p1', { token, body });
    // Whom it limits by what Patients say does not write them (docs/adr/0042).
    expect([refused.status, reasonsOf(refused)]).toEqual([403, ['policy-refused', 'policy-relevant']]);
    expect(refused.text).toContain('No Cedar policy permits this to you. (policy cedar: not-permitted)');
    const explained = await server.call('POST', '/fhir/r4/$explain-access', {
      headers: { accept: 'text/plain', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, request: 'GET Patient/p1' }).toString(),
    });
    expect(explained.text).toContain('own-department');
    expect((await server.call('GET', 'Encounter', { token })).status).toBe(200);
  });

  it('count from the next request on when they change', async () => {
    const token = tokenWith({ role: 'auditor' });
    expect((await server.call('GET', 'Patient/p1', { token })).status).toBe(200);
    engine.fault = 'close';
    const closed = await server.call('GET', 'Patient/p1', { token });
    engine.fault = 'none';
    expect(closed.status).toBe(403);
    expect(reasonsOf(closed)).toEqual(['policy-refused']);
    expect((await server.call('GET', 'Patient/p1', { token })).status).toBe(200);
  });

  it.each(['throw', 'hang'] as const)(
    '%s: 503, nothing is permitted, and a missing scope is named all the same',
    async (fault) => {
      const token = tokenWith({ role: 'auditor' });
      expect((await server.call('GET', 'Patient/p1', { token })).status).toBe(200);
      engine.fault = fault;
      try {
        for (const path of ['Patient/p1', 'Encounter', 'Patient?_id=p1', '$my-access']) {
          const answer = await server.call('GET', path, { token });
          expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 503, '5']);
          expect(answer.text).toContain('The decision point cedar');
          expect(answer.text).not.toContain('secret');
        }
        const bare = tokenWith({ role: 'auditor' }, 'user/Observation.r');
        expect(reasonsOf(await server.call('GET', 'Patient/p1', { token: bare }))).toEqual(['scope-insufficient']);
      } finally {
        engine.fault = 'none';
      }
      expect((await server.call('GET', 'Patient/p1', { token })).status).toBe(200);
    },
  );
});

describe('a start', () => {
  const value = (provide: symbol): Provider => ({ provide, useValue: { name: 'x' } });

  it.each<[string, readonly Provider[][], RegExp]>([
    [
      'two modules with one part',
      [[value(TOKEN_VERIFIER)], [value(TOKEN_VERIFIER)]],
      /@acme\/parts provides the part TOKEN_VERIFIER twice/,
    ],
    [
      'a module with one part twice',
      [[value(SMART_CONTEXT), value(SMART_CONTEXT)]],
      /provides the part SMART_CONTEXT twice; there is one/,
    ],
  ])('with %s is refused by one line', async (_, all, line) => {
    await expect(
      startServer(
        {},
        all.map((parts) => featureOf(...parts)),
      ),
    ).rejects.toThrow(line);
  });

  it('knows the parts that there are', () => {
    expect(() => featureOf(value(Symbol('COFFEE')))).toThrow(
      /@acme\/parts provides Symbol\(COFFEE\) among its parts, which is none. Parts are TOKEN_VERIFIER, /,
    );
  });
});
