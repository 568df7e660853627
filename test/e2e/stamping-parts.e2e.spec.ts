// docs/extensions/parts.md: ID_GENERATOR and CLOCK of a module
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { CLOCK, type Clock } from '../../src/fhir/storage/writing/clock.js';
import { ID_GENERATOR, type IdGenerator } from '../../src/fhir/storage/writing/id-generator.js';
import { VersionStamps } from '../../src/fhir/storage/writing/version-stamps.js';
import { clockContract } from '../../src/testing/contracts/clock.contract.js';
import { idGeneratorContract } from '../../src/testing/contracts/id-generator.contract.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';

let generators = 0;

/** A number for each generator, and one for each id. */
class Numbered implements IdGenerator {
  readonly name = 'numbered';
  private readonly own = ++generators;
  private last = 0;
  answer: ((type: string) => unknown) | undefined;

  newId(type: string): string {
    return (this.answer ? this.answer(type) : `${type.toLowerCase()}.${this.own}-${++this.last}`) as string;
  }
}

class Shifted implements Clock {
  readonly name = 'shifted';
  by = 0;
  answer: (() => unknown) | undefined;

  now(): number {
    return (this.answer ? this.answer() : Date.now() + this.by) as number;
  }
}

describe('parts of a module', () => {
  idGeneratorContract({ describe, it }, async () => new Numbered());
  clockContract({ describe, it }, async () => new Shifted());
});

describe('parts of the server', () => {
  const own = new VersionStamps();
  idGeneratorContract({ describe, it }, async () => ({ name: 'own', newId: (type) => own.newId(type) }));
  clockContract({ describe, it }, async () => ({ name: 'own', now: () => own.now() }));
});

const ids = new Numbered();
const clock = new Shifted();
let server: TestServer;
let token: string;

beforeAll(async () => {
  const parts = [
    { provide: ID_GENERATOR, useValue: ids },
    { provide: CLOCK, useValue: clock },
  ];
  server = await startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: '@acme/stamps', parts })]);
  token = server.token('user/*.cruds');
});
afterAll(() => server?.close());
afterEach(() => {
  ids.answer = undefined;
  clock.answer = undefined;
  clock.by = 0;
});

const basic = (text: string) => ({ resourceType: 'Basic', code: { text } });
const post = (body: object, path = 'Basic', headers = {}) => server.call('POST', path, { token, body, headers });
const count = async (): Promise<number> =>
  (await server.call('GET', 'Basic?_summary=count', { token })).body.total as number;

describe('ID_GENERATOR', () => {
  it('names what is created: alone, by a condition, in bundles; links in a transaction follow', async () => {
    const made = /^basic\.\d+-\d+$/;
    expect((await post(basic('alone'))).body.id).toMatch(made);
    const unknown = { 'if-none-exist': 'identifier=urn:x|none' };
    expect((await post(basic('unless'), 'Basic', unknown)).body.id).toMatch(made);
    const put = await server.call('PUT', 'Basic?identifier=urn:x|other', { token, body: basic('conditional') });
    expect([put.status, put.body.id]).toEqual([201, expect.stringMatching(made)]);
    for (const type of ['transaction', 'batch']) {
      const entry = [
        {
          fullUrl: 'urn:uuid:0aa5a6f2-9e1f-4b3f-a0a1-6a1f0f1f7c11',
          request: { method: 'POST', url: 'Basic' },
          resource: basic(type),
        },
      ];
      const { body } = await post({ resourceType: 'Bundle', type, entry }, '');
      expect(body.entry[0].response.location, type).toMatch(/Basic\/basic\.\d+-\d+\/_history\/1$/);
    }
    const linked = await post(
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: 'urn:uuid:0aa5a6f2-9e1f-4b3f-a0a1-6a1f0f1f7c12',
            request: { method: 'POST', url: 'Patient' },
            resource: { resourceType: 'Patient' },
          },
          {
            request: { method: 'POST', url: 'Basic' },
            resource: { ...basic('x'), subject: { reference: 'urn:uuid:0aa5a6f2-9e1f-4b3f-a0a1-6a1f0f1f7c12' } },
          },
        ],
      },
      '',
      { prefer: 'return=representation' },
    );
    expect(linked.body.entry[1].resource.subject.reference).toMatch(/^Patient\/patient\.\d+-\d+$/);
  });

  it('does not name what a client names', async () => {
    const { status, body } = await server.call('PUT', 'Basic/mine', { token, body: { ...basic('x'), id: 'mine' } });
    expect([status, body.id]).toEqual([201, 'mine']);
  });

  it.each<[string, (type: string) => unknown]>([
    ['a text that is no id', () => '../Patient/p1'],
    ['a text that ends a line', () => 'abc\n'],
    ['an empty text', () => ''],
    ['65 characters', () => 'x'.repeat(65)],
    ['a number', () => 7],
    ['nothing', () => undefined],
    ['a promise', async () => 'later'],
    [
      'an error',
      () => {
        throw new Error('secret words');
      },
    ],
  ])('stores nothing, 503, where it answers with %s', async (_what, answer) => {
    const before = await count();
    ids.answer = answer;
    const refused = await post(basic('never'));
    expectOutcome(refused, 503, /ID_GENERATOR numbered/);
    expect([refused.headers['retry-after'], refused.text.includes('secret words')]).toEqual(['5', false]);
    expect(await count()).toBe(before);
  });

  it('overwrites nothing by an id that is in use: 409, also when that is deleted', async () => {
    ids.answer = () => 'taken';
    const first = await post(basic('first'));
    expect(first.status).toBe(201);
    expectOutcome(await post(basic('second')), 409, /already in use/);
    expect((await server.call('GET', 'Basic/taken', { token })).body.code.text).toBe('first');
    await server.call('DELETE', 'Basic/taken', { token });
    expectOutcome(await post(basic('third')), 409, /already in use/);
    expectOutcome(await server.call('GET', 'Basic/taken', { token }), 410);
  });

  it('blames no client for two equal ids in one transaction', async () => {
    ids.answer = () => 'twice';
    const entry = ['a', 'b'].map((text) => ({ request: { method: 'POST', url: 'Basic' }, resource: basic(text) }));
    const both = await post({ resourceType: 'Bundle', type: 'transaction', entry }, '');
    expectOutcome(both, 409, /already in use/);
    expectOutcome(await server.call('GET', 'Basic/twice', { token }), 404);
  });
});

describe('CLOCK', () => {
  const updated = (answer: { readonly body: { readonly meta: { readonly lastUpdated: string } } }): number =>
    Date.parse(answer.body.meta.lastUpdated);

  it('tells when a version was stored', async () => {
    clock.by = -30_000;
    const { body, ...rest } = await post(basic('then'));
    expect(Math.abs(updated({ body, ...rest }) - Date.now() + 30_000)).toBeLessThan(10_000);
    const again = await server.call('PUT', `Basic/${body.id}`, { token, body: { ...basic('later'), id: body.id } });
    expect(updated(again)).toBeLessThan(Date.now() - 15_000);
  });

  it('never runs back within a resource', async () => {
    clock.by = 20_000;
    const { body, ...rest } = await post(basic('ahead'));
    clock.by = -20_000;
    const again = await server.call('PUT', `Basic/${body.id}`, { token, body: { ...basic('back'), id: body.id } });
    expect(updated(again)).toBe(updated({ body, ...rest }) + 1);
  });

  it.each<[string, () => unknown]>([
    ['an hour off', () => Date.now() - 3_600_000],
    ['an hour ahead', () => Date.now() + 3_600_000],
    ['no number', () => 'noon'],
    ['not a number', () => NaN],
    ['half a millisecond', () => Date.now() + 0.5],
    ['a Date', () => new Date()],
    ['a promise', async () => Date.now()],
    [
      'an error',
      () => {
        throw new Error('secret words');
      },
    ],
  ])('stores nothing, 503, where it is %s', async (_what, answer) => {
    const { body } = await post(basic('before'));
    const before = await count();
    clock.answer = answer;
    expectOutcome(await post(basic('never')), 503, /CLOCK shifted/);
    const change = await server.call('PUT', `Basic/${body.id}`, { token, body: { ...basic('never'), id: body.id } });
    expectOutcome(change, 503, /CLOCK shifted/);
    expect(change.text).not.toContain('secret words');
    expectOutcome(await server.call('DELETE', `Basic/${body.id}`, { token }), 503, /CLOCK shifted/);
    expect(await count()).toBe(before);
  });

  it('is none for tokens and for the audit', async () => {
    clock.by = -59_000;
    const seconds = Math.floor(Date.now() / 1000);
    const over = server.token('user/*.cruds', { iat: seconds - 600, exp: seconds - 90 });
    expectOutcome(await server.call('GET', 'Basic', { token: over }), 401, /expired/);
    const started = Date.now();
    const { body } = await post(basic('audited'));
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    await expect
      .poll(
        async () => {
          const { body: found } = await server.call('GET', `AuditEvent?entity=Basic/${body.id}`, { token: auditor });
          return (found.entry ?? []).map(
            (one: { resource: { recorded: string } }) => Date.parse(one.resource.recorded) >= started - 1000,
          );
        },
        { timeout: 10_000 },
      )
      .toEqual([true]);
  });
});
