// docs/adr/0062: hooks that add claims, narrow searches and take elements out
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/auth/principal.js';
import { ExtensionCalls } from '../../src/fhir/extensions/extension-calls.js';
import type { AfterRead, BeforeSearch, Claims, Hook } from '../../src/fhir/extensions/hook.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  constrain,
  mask,
  search,
} from '../../src/scope/policies/policy.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const never = new Promise<never>(() => undefined);

class NotToday extends FhirError {
  readonly status = 422;
  constructor() {
    super({ code: 'business-rule', diagnostics: 'Not today.' });
  }
}

/** What a hook does for a caller, by the subject of the token. */
function failing(subject: string, nonsense: unknown): unknown {
  if (subject.endsWith('-throws')) throw new TypeError('a secret of the inside');
  if (subject.endsWith('-rejects')) return Promise.reject(new TypeError('a secret of the inside'));
  if (subject.endsWith('-hangs')) return never;
  if (subject.endsWith('-refuses')) throw new NotToday();
  return nonsense;
}

/** Patients who are not active have no contacts for anybody but the keeper. */
@Injectable()
class NoContacts implements Hook {
  readonly name = 'no-contacts';
  readonly types = ['Patient'];

  afterRead({ resource, principal: { subject } }: AfterRead): readonly string[] | undefined {
    if (subject.startsWith('read-')) return failing(subject, readNonsense[subject]) as readonly string[];
    if (resource['active'] !== false || subject === 'keeper') return undefined;
    return ['Patient.telecom', 'Patient.contact.telecom'];
  }
}

const readNonsense: Readonly<Record<string, unknown>> = {
  'read-number': 7,
  'read-text': 'Patient.telecom',
  'read-other-type': ['Observation.note'],
  'read-unknown': ['Patient.telecoms'],
  'read-id': ['Patient.id'],
  'read-numbers': [1],
};

@Injectable()
class MutatesRead implements Hook {
  readonly name = 'mutates-read';
  readonly types = ['Patient'];

  afterRead({ resource, principal }: AfterRead): undefined {
    if (principal.subject === 'mutates-content') resource['telecom'] = [];
    if (principal.subject === 'mutates-principal') (principal.scopes as string[]).push('user/*.cruds');
  }
}

@Injectable()
class OnlyFinal implements Hook {
  readonly name = 'only-final';
  readonly types = ['Observation'];
  readonly timeout = 200;

  async beforeSearch({ context: { principal } }: BeforeSearch): Promise<string | undefined> {
    const { subject } = principal;
    if (subject.startsWith('search-')) return (await failing(subject, searchNonsense[subject])) as string;
    return subject === 'finals' ? 'Observation?status=final' : undefined;
  }
}

const searchNonsense: Readonly<Record<string, unknown>> = {
  'search-number': 7,
  'search-unknown': 'Observation?colour=red',
  'search-other-type': 'Patient?active=true',
  'search-empty': '',
  'search-value-set': 'Observation?code:in=http://t.example/ValueSet/a',
};

@Injectable()
class Departments implements Hook {
  readonly name = 'departments';
  readonly timeout = 200;
  asked = 0;

  async authenticate({ subject }: Principal): Promise<Claims | undefined> {
    if (subject.startsWith('claim-')) return (await failing(subject, claimNonsense[subject])) as Claims;
    if (subject !== 'doctor') return undefined;
    this.asked++;
    return { department: 'o1', tags: ['a'] };
  }
}

const claimNonsense: Readonly<Record<string, unknown>> = {
  'claim-number': 7,
  'claim-list': ['department'],
  'claim-scope': { scope: 'system/*.cruds user/*.cruds' },
  'claim-sub': { sub: 'keeper' },
  'claim-patient': { patient: 'p2' },
  'claim-fhirUser': { fhirUser: 'Practitioner/x' },
  'claim-clearance': { clearance: 'V' },
  'claim-replaces': { ward: 'o1' },
  'claim-groups': { groups: { a: 1 } },
  'claim-function': { f: () => 1 },
};

@Injectable()
class OfDepartment implements AccessPolicy {
  readonly name = 'of-department';

  decide({ principal: { subject, claims }, type }: AccessQuery): AccessDecision {
    if (type !== 'Patient') return abstain();
    if (subject.startsWith('policy-')) return broken(subject);
    if (subject !== 'doctor') return abstain();
    const { department = 'none' } = claims as { readonly department?: string };
    return constrain(search`Patient?organization=Organization/${department}`, 'of the department');
  }
}

function broken(subject: string): AccessDecision {
  if (subject === 'policy-throws') throw new TypeError('a secret of the inside');
  if (subject === 'policy-masks') return mask(['Patient.telecom'], 'no contacts');
  return (subject === 'policy-promise' ? Promise.resolve(abstain()) : undefined) as unknown as AccessDecision;
}

const cardio = FhirModule.forFeature({
  name: '@acme/cardio',
  hooks: [NoContacts, MutatesRead, OnlyFinal, Departments],
  policies: [OfDepartment],
});

const [secret, shown] = ['secret-contact', 'shown-contact'];
const withContacts = (id: string, changes: JsonObject = {}, value = secret): JsonObject =>
  aPatient({
    id,
    active: false,
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${value}</div>` },
    telecom: [{ system: 'url', value }],
    contact: [{ name: { family: 'Next' }, telecom: [{ system: 'url', value }] }],
    ...changes,
  });

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [cardio]);
  const inner = { ...withContacts('inner'), id: 'inner' };
  const body = aBundle(
    'transaction',
    putting(withContacts('p1', { managingOrganization: { reference: 'Organization/o1' } })),
    putting(withContacts('p2', { active: true, managingOrganization: { reference: 'Organization/o2' } }, shown)),
    putting(anObservation('Patient/p1', { id: 'final' })),
    putting(anObservation('Patient/p1', { id: 'preliminary', status: 'preliminary' })),
    putting(anObservation('Patient/p1', { id: 'final-2', contained: [inner], focus: [{ reference: '#inner' }] })),
    putting(anObservation('Patient/p2', { id: 'foreign' })),
    putting({ resourceType: 'Bundle', id: 'holder', type: 'collection', entry: [{ resource: inner }] }),
  );
  const { status, text } = await server.call('POST', '', { token: as('keeper'), body });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

const as = (sub: string, scope = 'user/*.cruds', claims: JsonObject = {}) => server.token(scope, { sub, ...claims });
const errorsOf = (name: string) => server.app.get(ExtensionCalls).all.find((one) => one.name === name)!.errors;
const idsOf = (body: { entry?: { resource: { id: string } }[] }) =>
  (body.entry ?? []).map(({ resource }) => resource.id).toSorted();

/** Answered as a fault of the server, which tells nothing, and counted. */
async function expectFailure(name: string, ask: () => ReturnType<TestServer['call']>): Promise<void> {
  const before = errorsOf(name);
  const answer = await ask();
  expectOutcome(answer, 500, /X-Request-Id/);
  expect(answer.text).not.toMatch(/secret|cardio/);
  expect(errorsOf(name)).toBeGreaterThan(before);
}

describe('afterRead', () => {
  const patch = { 'content-type': 'application/json-patch+json' };
  const ways: readonly (readonly [string, string, string, (object | undefined)?, Readonly<Record<string, string>>?])[] =
    [
      ['read', 'GET', 'Patient/p1'],
      ['vread', 'GET', 'Patient/p1/_history/1'],
      ['history', 'GET', 'Patient/p1/_history'],
      ['history of the type', 'GET', 'Patient/_history'],
      ['history of the system', 'GET', '_history'],
      ['search', 'GET', 'Patient?_id=p1'],
      ['search by POST', 'POST', 'Patient/_search', new URLSearchParams('_id=p1')],
      ['_elements', 'GET', 'Patient?_id=p1&_elements=telecom,contact'],
      ['_elements of a read', 'GET', 'Patient/p1?_elements=telecom,contact'],
      ['_summary', 'GET', 'Patient?_id=p1&_summary=true'],
      ['_summary=text', 'GET', 'Patient/p1?_summary=text'],
      ['_summary=data', 'GET', 'Patient/p1?_summary=data'],
      ['XML', 'GET', 'Patient/p1?_format=xml'],
      ['a page', 'GET', 'Patient/p1', undefined, { accept: 'text/html' }],
      ['_include', 'GET', 'Observation?_id=final&_include=Observation:subject'],
      ['_revinclude', 'GET', 'Patient?_id=p1&_revinclude=Observation:subject'],
      ['a search of the system', 'GET', '?_type=Patient,Observation,Bundle'],
      ['a search in the compartment', 'GET', 'Patient/p1/Observation?_include=Observation:subject'],
      ['a resource inside', 'GET', 'Observation/final-2'],
      ['a Bundle', 'GET', 'Bundle/holder'],
      ['a batch', 'POST', '', aBundle('batch', ...reads())],
      ['a transaction', 'POST', '', aBundle('transaction', ...reads())],
      ['an operation', 'GET', 'Patient/p1/$meta'],
    ];

  function reads() {
    return ['Patient/p1', 'Patient?_id=p1', 'Bundle/holder'].map((url) => ({ request: { method: 'GET', url } }));
  }

  it.each(ways.map((way) => ({ name: way[0], way })))('shows nothing of it by $name', async ({ way }) => {
    const [, method, path, body, accept = {}] = way;
    const isForm = body instanceof URLSearchParams;
    const headers = isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : accept;
    const sent = body && { body: isForm ? body.toString() : body };
    const answer = await server.call(method, path, { token: as('reader'), headers, ...sent });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).not.toContain(secret);
  });

  it('leaves resources as they are that it says nothing of', async () => {
    const [hidden, whole] = [await read('p1', 'reader'), await read('p2', 'reader')];
    expect(hidden.body.contact).toEqual([{ name: { family: 'Next' } }]);
    expect(hidden.body.meta.tag).toContainEqual(expect.objectContaining({ code: 'SUBSETTED' }));
    expect(hidden.body).not.toHaveProperty('text');
    expect(whole.text).toContain(shown);
    expect(whole.body.meta).not.toHaveProperty('tag');
    expect((await read('p1', 'keeper')).text).toContain(secret);
  });

  const read = (id: string, sub: string, headers = {}) =>
    server.call('GET', `Patient/${id}`, { token: as(sub), headers });

  it('has an ETag of its own, by which 304 is answered', async () => {
    const [hidden, whole] = [await read('p1', 'reader'), await read('p1', 'keeper')];
    expect(hidden.headers['etag']).toMatch(/^W\/"1\.m[0-9a-f]{8}"$/);
    expect(whole.headers['etag']).toBe('W/"1"');
    const ifNoneMatch = { 'if-none-match': hidden.headers['etag']! };
    expect((await read('p1', 'reader', ifNoneMatch)).status).toBe(304);
    expect((await read('p1', 'keeper', ifNoneMatch)).status).toBe(200);
  });

  it('refuses to change what is not shown in full, whatever holds it', async () => {
    const changes: readonly (readonly [string, string, object, Readonly<Record<string, string>>?])[] = [
      ['PUT', 'Patient/p1', aPatient({ id: 'p1' })],
      ['PATCH', 'Patient/p1', [{ op: 'test', path: '/telecom/0/value', value: secret }], patch],
      ['PATCH', 'Patient/p1', [], patch],
      ['PATCH', 'Patient?_id=p1', [{ op: 'copy', from: '/telecom', path: '/name' }], patch],
      ['PUT', 'Patient?_id=p1', aPatient()],
      ['PATCH', 'Bundle/holder', [{ op: 'add', path: '/language', value: 'is' }], patch],
      [
        'POST',
        'Patient/p1/$meta-add',
        { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] },
      ],
      ['POST', '', aBundle('transaction', putting(aPatient({ id: 'p1' })))],
    ];
    for (const [method, path, body, headers = {}] of changes) {
      const sent = Array.isArray(body) ? JSON.stringify(body) : body;
      const answer = await server.call(method, path, { token: as('reader'), body: sent, headers });
      expectOutcome(answer, 403, /You are not shown all of .* \(hook @acme\/cardio\/no-contacts\)/);
      expect([reasonsOf(answer), answer.text.includes(secret)]).toEqual([['element-masked'], false]);
    }
    expect((await read('p1', 'keeper')).body.meta.versionId).toBe('1');
  });

  it('does not tell who may not read that something is hidden', async () => {
    await server.call('PUT', 'Patient/p3', { token: as('keeper'), body: withContacts('p3') });
    const token = as('writer', 'user/Patient.u');
    const { status, text } = await server.call('PUT', 'Patient/p3', { token, body: aPatient({ id: 'p3' }) });
    expect([status, text.includes(secret)]).toEqual([200, false]);
  });

  it.each(['return=representation', 'return=minimal'])('counts for what was written: %s', async (prefer) => {
    const options = { token: as('reader'), body: withContacts('p4'), headers: { prefer } };
    const made = await server.call('POST', 'Patient', options);
    expect([made.status, made.text.includes(secret)]).toEqual([201, false]);
    expect(made.headers['etag']).toMatch(/^W\/"1\.m/);
    const put = await server.call('PUT', `Patient/w-${prefer.length}`, {
      ...options,
      body: withContacts(`w-${prefer.length}`),
    });
    expect([put.status, put.text.includes(secret)]).toEqual([201, false]);
    const inBundle = aBundle('transaction', {
      request: { method: 'POST', url: 'Patient' },
      resource: withContacts('x'),
    });
    const whole = await server.call('POST', '', { ...options, body: inBundle });
    expect([whole.status, whole.text.includes(secret)]).toEqual([200, false]);
  });

  it('does not limit what is searched by: that is for masks', async () => {
    const found = await server.call('GET', `Patient?_id=p1&telecom=${secret}`, { token: as('reader') });
    expect([idsOf(found.body), found.text.includes(`"value":"${secret}"`)]).toEqual([['p1'], false]);
  });

  it.each(['read-throws', ...Object.keys(readNonsense), 'read-rejects', 'read-hangs'])(
    'that fails shows nothing: %s',
    async (sub) => {
      for (const path of ['Patient/p2', 'Patient?_id=p2', 'Patient/p2/_history', 'Bundle/holder']) {
        await expectFailure('no-contacts', () => server.call('GET', path, { token: as(sub) }));
      }
      expect((await read('p2', 'reader')).status).toBe(200);
    },
  );

  it.each(['read-throws', 'read-number', 'read-refuses'])(
    'that fails or refuses after a write shows nothing of it, and says that it is done: %s',
    async (sub) => {
      const token = as(sub);
      const bundle = (type: string) =>
        aBundle(type as 'batch', { request: { method: 'POST', url: 'Patient' }, resource: withContacts('x') });
      for (const prefer of ['return=representation', 'return=minimal']) {
        const [headers, body] = [{ prefer }, withContacts('x')];
        const made = await server.call('POST', 'Patient', { token, headers, body });
        expect([made.status, made.text, made.headers['etag']]).toEqual([201, '', 'W/"1"']);
        expect((await read(made.headers['location']!.split('/').at(-3)!, 'keeper')).status).toBe(200);
        const id = `after-${sub}-${prefer.length}`;
        const put = await server.call('PUT', `Patient/${id}`, { token, headers, body: withContacts(id) });
        expect([put.status, put.text, put.headers['etag']]).toEqual([201, '', 'W/"1"']);
        expect((await read(id, 'keeper')).body.meta.versionId).toBe('1');
        const batch = await server.call('POST', '', { token, headers, body: bundle('batch') });
        expect([batch.status, batch.text.includes(secret), batch.text.includes('201 Created')]).toEqual([
          200,
          false,
          true,
        ]);
      }
      const count = async () =>
        (await server.call('GET', 'Patient?_summary=count', { token: as('keeper') })).body.total;
      const [before, whole] = [await count(), await server.call('POST', '', { token, body: bundle('transaction') })];
      expect([whole.status >= 400, await count()]).toEqual([true, before]);
    },
  );

  it.each(['mutates-content', 'mutates-principal'])('cannot change what it is given: %s', async (sub) => {
    const token = as(sub, 'user/Patient.r');
    await expectFailure('mutates-read', () => server.call('GET', 'Patient/p2', { token }));
    expect((await server.call('DELETE', 'Patient/p2', { token })).status).toBe(403);
    expect((await read('p2', 'keeper')).text).toContain(shown);
  });

  it('may refuse', async () => {
    expectOutcome(await read('p2', 'read-refuses'), 422, /Not today/);
  });
});

describe('beforeSearch', () => {
  const finals = ['final', 'final-2'];
  const call = (method: string, path: string, sub: string, body?: object) =>
    server.call(method, path, { token: as(sub), ...(body && { body }) });

  it.each([
    ['a type', 'Observation', ['foreign']],
    ['a type by criteria', 'Observation?patient=p1', []],
    ['a compartment', 'Patient/p1/Observation', []],
    ['the system', '?_type=Observation,Encounter', ['foreign']],
  ])('narrows a search of %s', async (_name, path, others) => {
    expect(idsOf((await call('GET', path, 'finals')).body)).toEqual([...finals, ...others].toSorted());
    expect(idsOf((await call('GET', path, 'reader')).body)).toEqual([...finals, ...others, 'preliminary'].toSorted());
  });

  it('narrows searches by POST and in bundles', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = { token: as('finals'), headers, body: 'patient=p1' };
    expect(idsOf((await server.call('POST', 'Observation/_search', form)).body)).toEqual(finals);
    for (const type of ['batch', 'transaction'] as const) {
      const body = aBundle(type, { request: { method: 'GET', url: 'Observation?patient=p1' } });
      const answer = await call('POST', '', 'finals', body);
      expect(idsOf(answer.body.entry[0].resource)).toEqual(finals);
    }
  });

  it('counts in totals and on all pages', async () => {
    const count = await call('GET', 'Observation?patient=p1&_summary=count', 'finals');
    expect(count.body.total).toBe(2);
    const first = await call('GET', 'Observation?patient=p1&_count=1&_total=accurate&_sort=_id', 'finals');
    expect([first.body.total, idsOf(first.body)]).toEqual([2, ['final']]);
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
    const second = await call('GET', next.split('/fhir/r4/')[1], 'finals');
    expect(idsOf(second.body)).toEqual(['final-2']);
    expect(second.body.link.map(({ relation }: { relation: string }) => relation)).not.toContain('next');
  });

  it('counts for the conditions of writes', async () => {
    const none = await call('DELETE', 'Observation?_id=preliminary', 'finals');
    expect(none.status, none.text).toBe(204);
    expect((await call('GET', 'Observation/preliminary', 'reader')).status).toBe(200);
    const url = 'Observation?_id=preliminary';
    await call('POST', '', 'finals', aBundle('transaction', { request: { method: 'DELETE', url } }));
    expect((await call('GET', 'Observation/preliminary', 'reader')).status).toBe(200);
  });

  it('is no access control: reads and includes are as before', async () => {
    expect((await call('GET', 'Observation/preliminary', 'finals')).status).toBe(200);
    const found = await call('GET', 'Patient?_id=p1&_revinclude=Observation:subject', 'finals');
    expect(idsOf(found.body)).toContain('preliminary');
  });

  it.each(['search-throws', 'search-rejects', 'search-hangs', ...Object.keys(searchNonsense)])(
    'that fails runs no search: %s',
    async (sub) => {
      for (const [method, path] of [
        ['GET', 'Observation'],
        ['GET', 'Patient/p1/Observation'],
        ['DELETE', 'Observation?_id=final'],
      ] as const) {
        await expectFailure('only-final', () => call(method, path, sub));
      }
      expect((await call('GET', 'Patient', sub)).status).toBe(200);
      expect((await call('GET', 'Observation/final', 'reader')).status).toBe(200);
    },
  );

  it('may refuse', async () => {
    expectOutcome(await call('GET', 'Observation', 'search-refuses'), 422, /Not today/);
  });
});

describe('authenticate', () => {
  it('adds claims for policies, once for a token', async () => {
    const token = as('doctor', 'user/Patient.rs');
    const found = await server.call('GET', 'Patient?_id=p1,p2', { token });
    expect(idsOf(found.body)).toEqual(['p1']);
    const hook = server.app.get(Departments, { strict: false });
    const { asked } = hook;
    expect((await server.call('GET', 'Patient/p2', { token })).status).toBe(404);
    expect(hook.asked).toBe(asked);
  });

  it.each(['claim-throws', 'claim-rejects', 'claim-hangs', ...Object.keys(claimNonsense)])(
    'that fails, or would say who the caller is, grants nothing: %s',
    async (sub) => {
      const before = errorsOf('departments');
      const token = as(sub, 'user/Patient.rs', { ward: 'o2' });
      for (const path of ['Patient/p2', 'Patient']) {
        const answer = await server.call('GET', path, { token });
        expectOutcome(answer, 503);
        expect([reasonsOf(answer), answer.headers['retry-after']]).toEqual([['claims-unavailable'], '5']);
        expect(answer.headers).not.toHaveProperty('www-authenticate');
        expect(answer.text).not.toMatch(/secret|cardio/);
      }
      expect(errorsOf('departments')).toBe(before + 2);
    },
  );

  it('is not asked about tokens that do not count', async () => {
    const hook = server.app.get(Departments, { strict: false });
    const { asked } = hook;
    const bad = server.token('user/*.rs', { sub: 'doctor', exp: 1 });
    expect((await server.call('GET', 'Patient/p2', { token: bad })).status).toBe(401);
    expect(hook.asked).toBe(asked);
  });
});

describe('a policy', () => {
  it.each(['policy-throws', 'policy-nothing', 'policy-promise'])('that fails denies: %s', async (sub) => {
    const before = errorsOf('of-department');
    for (const [method, path] of [
      ['GET', 'Patient/p2'],
      ['GET', 'Patient'],
      ['DELETE', 'Patient/p2'],
      ['POST', 'Patient'],
    ] as const) {
      const answer = await server.call(method, path, {
        token: as(sub),
        ...(method === 'POST' && { body: aPatient() }),
      });
      expectOutcome(
        answer,
        403,
        /The policy of-department of @acme\/cardio failed, and nothing is permitted without it/,
      );
      expect(reasonsOf(answer)).toEqual(['policy-refused']);
      expect(answer.text).not.toContain('secret');
    }
    expect(errorsOf('of-department')).toBeGreaterThan(before);
    expect((await server.call('GET', 'Patient/p2', { token: as('reader') })).status).toBe(200);
  });

  it('whose masks are not known shows nothing that they may be in', async () => {
    const ask = (sub: string) => server.call('GET', 'Bundle/holder', { token: as(sub) });
    expect((await ask('policy-masks')).text).not.toContain(secret);
    const failed = await ask('policy-throws');
    expect([failed.status, failed.text.includes(secret)]).toEqual([403, false]);
  });
});
