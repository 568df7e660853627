// docs/adr/0062: hooks of writes, operations and /metadata
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExtensionCalls } from '../../src/fhir/extensions/extension-calls.js';
import type { AfterWrite, BeforeWrite, Hook, OnOperation } from '../../src/fhir/extensions/hook.js';
import type { Records } from '../../src/fhir/extensions/records.js';
import type { FhirFeature } from '../../src/fhir/feature.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const never = new Promise<never>(() => undefined);

class NotLikeThat extends FhirError {
  readonly status = 422;
  constructor() {
    super({ code: 'business-rule', diagnostics: 'Not like that.', expression: ['Basic.code'] });
  }
}

const aBasic = (text: string, changes: JsonObject = {}): JsonObject => ({
  resourceType: 'Basic',
  code: { text },
  ...changes,
});

function textOf(resource: JsonObject | undefined): string {
  return (resource?.['code'] as { readonly text?: string } | undefined)?.text ?? '';
}

/** Does what the content says, in `code.text`. */
@Injectable()
class Obeying implements Hook {
  readonly name = 'obeying';
  readonly types = ['Basic'];
  readonly timeout = 300;

  beforeWrite({ resource }: BeforeWrite): JsonObject | undefined | Promise<JsonObject | undefined> {
    switch (textOf(resource)) {
      case 'before throws':
        throw new TypeError('a secret of the inside');
      case 'before refuses':
        throw new NotLikeThat();
      case 'before hangs':
        return never;
      case 'before number':
        return 7 as unknown as JsonObject;
      case 'before list':
        return [] as unknown as JsonObject;
      case 'before other type':
        return aPatient();
      case 'before mutates':
        resource['language'] = 'is';
        return undefined;
      case 'before edits':
        return Object.assign(resource, { language: 'is' });
      default:
        return undefined;
    }
  }

  async afterWrite({ after, id, records }: AfterWrite): Promise<void> {
    switch (textOf(after)) {
      case 'after throws':
        throw new TypeError('a secret of the inside');
      case 'after refuses':
        throw new NotLikeThat();
      case 'after hangs':
        kept = records;
        return never;
      case 'after mutates':
        after!['language'] = 'is';
        return;
      case 'after loops':
        await records.create(aBasic('after loops'));
        return;
      case 'after writes':
        await records.create(aBasic(`beside ${id}`, { identifier: [{ system: 'urn:beside', value: id }] }));
        return;
      case 'after writes what it may not':
        await records.create(aPatient());
        return;
      case 'after writes bad':
        await records.create({ resourceType: 'Basic' });
    }
  }
}

let kept: Records | undefined;
const seen: AfterWrite[] = [];

@Injectable()
class Watching implements Hook {
  readonly name = 'watching';
  readonly types = ['Observation'];

  afterWrite(event: AfterWrite): void {
    seen.push(event);
  }
}

/** Runs after the one of the other feature, whatever their names are. */
@Injectable()
class First implements Hook {
  readonly name = 'a-first';
  readonly types = ['Device'];
  readonly after = ['z-late'];
  readonly beforeWrite = ({ resource }: BeforeWrite) => ({
    ...resource,
    lotNumber: `${resource['lotNumber'] as string} first`,
  });
}

@Injectable()
class Late implements Hook {
  readonly name = 'late';
  readonly types = ['Device'];
  readonly beforeWrite = ({ resource }: BeforeWrite) => ({
    ...resource,
    lotNumber: `${resource['lotNumber'] as string} late`,
  });
}

@Injectable()
class Around implements Hook {
  readonly name = 'around';
  readonly timeout = 300;
  calls: OnOperation[] = [];

  async onOperation(event: OnOperation, next: () => Promise<object>): Promise<object> {
    this.calls.push(event);
    const { subject } = event.context.principal;
    if (subject === 'op-refused') throw new NotLikeThat();
    if (subject === 'op-throws') throw new TypeError('a secret of the inside');
    if (subject === 'op-without') return { resourceType: 'Parameters' };
    const answer = await next();
    if (subject === 'op-other') return { ...answer };
    if (subject === 'op-mutates') Object.assign(answer, { id: 'x' });
    if (subject === 'op-twice') await next();
    return answer;
  }

  onCapability(): JsonObject {
    const operation = [{ name: 'elsewhere', definition: 'http://acme.example/OperationDefinition/elsewhere' }];
    return {
      publisher: 'Acme',
      rest: [{ mode: 'server', resource: [{ type: 'Basic', documentation: 'Obeys.' }], operation }],
    };
  }
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [
    FhirModule.forFeature({ name: '@acme/cardio', hooks: [Obeying, Watching, First, Around] }),
    FhirModule.forFeature({ name: 'z-late', hooks: [Late] }),
  ]);
});
afterAll(() => server.close());

const as = (sub: string, scope = 'user/*.cruds') => server.token(scope, { sub });
const call = (method: string, path: string, body?: object | string, token = as('writer')) =>
  server.call(method, path, { token, ...(body !== undefined && { body }) });
const errorsOf = (name: string) =>
  server.app
    .get(ExtensionCalls)
    .all.filter((one) => one.name === name)
    .reduce((sum, { errors }) => sum + errors, 0);
const countOf = async () => (await call('GET', 'Basic?_summary=count')).body.total as number;

/** Nothing is stored in any way of writing, and the others of a batch are. */
async function expectNothingStored(text: string, status: number, answer: RegExp): Promise<void> {
  const before = await countOf();
  const resource = aBasic(text);
  expectOutcome(await call('POST', 'Basic', resource), status, answer);
  expectOutcome(await call('PUT', 'Basic/never', { ...resource, id: 'never' }), status, answer);
  expectOutcome(await call('PUT', 'Basic?_id=never', resource), status, answer);
  const entry = { resource, request: { method: 'POST', url: 'Basic' } };
  const good = { resource: aBasic('good'), request: { method: 'POST', url: 'Basic' } };
  expectOutcome(await call('POST', '', aBundle('transaction', good, entry)), status, answer);
  expect(await countOf()).toBe(before);
  const batch = await call('POST', '', aBundle('batch', entry, good));
  const statuses = batch.body.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3));
  expect(statuses).toEqual([String(status), '201']);
  expect(await countOf()).toBe(before + 1);
  expectOutcome(await call('GET', 'Basic/never'), 404);
}

describe('beforeWrite', () => {
  it.each(['before throws', 'before hangs', 'before number', 'before list', 'before other type', 'before mutates'])(
    'that fails stores nothing: %s',
    async (text) => {
      const before = errorsOf('obeying');
      await expectNothingStored(text, 500, /X-Request-Id/);
      expect(errorsOf('obeying')).toBe(before + 5);
    },
  );

  it('refuses as it says', () => expectNothingStored('before refuses', 422, /Not like that/));

  it('may change its copy and return it', async () => {
    const { status, body } = await call('POST', 'Basic', aBasic('before edits'));
    expect([status, body.language]).toEqual([201, 'is']);
  });

  it('runs in the order of names, in patches too', async () => {
    const made = await call('POST', 'Device', { resourceType: 'Device', lotNumber: '1' });
    expect(made.body.lotNumber).toBe('1 late first');
    const patch = JSON.stringify([{ op: 'replace', path: '/lotNumber', value: '2' }]);
    const headers = { 'content-type': 'application/json-patch+json' };
    const patched = await server.call('PATCH', `Device/${made.body.id}`, { token: as('writer'), body: patch, headers });
    expect(patched.body.lotNumber).toBe('2 late first');
  });
});

describe('afterWrite', () => {
  it('is told what was stored, and what was there before', async () => {
    seen.length = 0;
    const made = await call('POST', 'Observation', anObservation('Patient/p'));
    const path = `Observation/${made.body.id}`;
    await call('PUT', path, { ...made.body, status: 'amended' });
    // Nothing changes.
    await call('PUT', path, { ...made.body, status: 'amended' });
    await call('DELETE', path);
    await call('DELETE', path);
    await call('PUT', path, anObservation('Patient/p', { id: made.body.id }));
    const told = seen.map(({ interaction, id, versionId, before, after }) => ({
      interaction,
      id,
      versionId,
      statuses: [before?.['status'], after?.['status']],
      version: (after?.['meta'] as JsonObject | undefined)?.['versionId'],
    }));
    const { id } = made.body;
    expect(told).toEqual([
      { interaction: 'create', id, versionId: 1, statuses: [undefined, 'final'], version: '1' },
      { interaction: 'update', id, versionId: 2, statuses: ['final', 'amended'], version: '2' },
      { interaction: 'delete', id, versionId: 3, statuses: ['amended', undefined], version: undefined },
      { interaction: 'update', id, versionId: 4, statuses: [undefined, 'final'], version: '4' },
    ]);
    expect(seen[0]!.context.principal.subject).toBe('writer');
  });

  it('is told of each entry of a transaction', async () => {
    seen.length = 0;
    const both = ['x', 'y'].map((id) => putting(anObservation('Patient/p', { id })));
    expect((await call('POST', '', aBundle('transaction', ...both))).status).toBe(200);
    expect(seen.map(({ id }) => id)).toEqual(['x', 'y']);
  });

  it.each(['after throws', 'after hangs', 'after mutates', 'after loops'])(
    'that fails rolls all of it back: %s',
    async (text) => {
      const before = errorsOf('obeying');
      await expectNothingStored(text, 500, /X-Request-Id/);
      expect(errorsOf('obeying')).toBeGreaterThanOrEqual(before + 5);
    },
  );

  it.each([
    ['after refuses', 422, /Not like that/],
    ['after writes bad', 422, /Basic/],
  ] as const)('vetoes with its own issues: %s', (text, status, answer) => expectNothingStored(text, status, answer));

  it('writes more in the same transaction', async () => {
    const { status, body } = await call('POST', 'Basic', aBasic('after writes'));
    expect(status).toBe(201);
    const beside = await call('GET', `Basic?identifier=urn:beside|${body.id}`);
    expect(beside.body.entry).toHaveLength(1);
  });

  it('writes with the rights of the caller, no more', async () => {
    const token = as('narrow', 'user/Basic.cruds');
    const refused = await call('POST', 'Basic', aBasic('after writes what it may not'), token);
    expectOutcome(refused, 403, /user\/Patient\.c/);
    expect(reasonsOf(refused)).toEqual(['scope-insufficient']);
  });

  it('cannot go on after it took too long: the connection is somebody else’s', async () => {
    kept = undefined;
    expectOutcome(await call('POST', 'Basic', aBasic('after hangs')), 500);
    const before = await countOf();
    const endOf = (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'it went on',
        ({ message }: Error) => message,
      );
    expect(await endOf(kept!.create(aBasic('late')))).toBe('The transaction has ended.');
    expect(await endOf(kept!.read('Basic', 'x'))).toBe('The transaction has ended.');
    expect(await countOf()).toBe(before);
  });
});

describe('onOperation', () => {
  const ask = (sub: string) => call('GET', '$my-access', undefined, as(sub));

  it('runs around an operation and passes its answer on', async () => {
    const hook = server.app.get(Around, { strict: false });
    hook.calls = [];
    expect((await ask('op')).status).toBe(200);
    const { body } = await call('POST', 'Basic', aBasic('good'));
    await call('GET', `Basic/${body.id}/$meta`, undefined, as('op'));
    expect(hook.calls.map(({ code, type, id }) => [code, type, id])).toEqual([
      ['my-access', undefined, undefined],
      ['meta', 'Basic', body.id],
    ]);
  });

  it('refuses, and lets the errors of the operation pass', async () => {
    const before = errorsOf('around');
    expectOutcome(await ask('op-refused'), 422, /Not like that/);
    expectOutcome(await call('GET', 'Basic/$validate', undefined, as('op')), 400, /needs the resource/);
    expect(errorsOf('around')).toBe(before);
  });

  it.each(['op-throws', 'op-without', 'op-other', 'op-mutates', 'op-twice'])(
    'that fails, or changes the answer, gives none: %s',
    async (sub) => {
      const before = errorsOf('around');
      const answer = await ask(sub);
      expectOutcome(answer, 500, /X-Request-Id/);
      expect(answer.text).not.toContain('secret');
      expect(errorsOf('around')).toBe(before + 1);
    },
  );
});

describe('onCapability', () => {
  it('adds to /metadata', async () => {
    const { body } = await call('GET', 'metadata');
    const [rest, ...others] = body.rest;
    const basic = rest.resource.find(({ type }: { type: string }) => type === 'Basic');
    expect([body.publisher, others, basic.documentation]).toEqual(['Acme', [], 'Obeys.']);
    expect(basic.interaction.length).toBeGreaterThan(5);
    expect(rest.operation.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['my-access', 'elsewhere']),
    );
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['a change', { status: 'draft' }, /would change it: CapabilityStatement\.status stands there already/],
    ['a change of an item', { rest: [{ mode: 'server', security: { cors: false } }] }, /security\.cors stands there/],
    ['something invalid', { color: 'red' }, /makes it invalid: .*color/],
    ['no object', 7, /is no object/],
  ])('stops the start with one line for %s', async (_name, made, line) => {
    class Wrong implements Hook {
      readonly name = 'wrong';
      readonly onCapability = () => made as JsonObject;
    }
    const start = startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: 'acme', hooks: [Wrong] })]);
    await expect(start).rejects.toThrow(line);
    await expect(start).rejects.toThrow(/^acme\/wrong: what onCapability returns/);
  });
});

describe('names that do not fit stop the start with one line', () => {
  class One implements Hook {
    readonly name: string = 'one';
    readonly before: readonly string[] = ['two'];
    readonly beforeWrite = () => undefined;
  }
  class Two extends One {
    override readonly name = 'two';
    override readonly before = ['one'];
  }
  class Twice extends One {}
  class Blob implements Hook {
    readonly name = 'blob';
    readonly types = ['Binary'];
    readonly afterRead = () => undefined;
  }

  it.each<readonly [string, Omit<FhirFeature, 'name'>, RegExp]>([
    ['a circle', { hooks: [One, Two] }, /^The hooks acme\/one, acme\/two, acme\/one want to run before each other/],
    ['a name twice', { hooks: [One, Twice] }, /Two hooks have the name acme\/one/],
    ['what cannot be taken out', { hooks: [Blob] }, /acme: the hook Blob has afterRead for Binary/],
  ])('%s', async (_name, feature, line) => {
    const features = [FhirModule.forFeature({ name: 'acme', ...feature })];
    await expect(startServer({ LOG_LEVEL: 'silent' }, features)).rejects.toThrow(line);
  });
});
