// docs/adr/0061-operations-declared-once.md: what an operation of an extension is handed, and what it is not
import { Injectable, Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { textOf } from '../../src/r4/json/items.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { anObservation, aPatient } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const parametersOf = (values: Readonly<Record<string, string>>): JsonObject => ({
  resourceType: 'Parameters',
  parameter: Object.entries(values).map(([name, valueString]) => ({ name, valueString })),
});
const common = { level: ['instance'], types: ['Patient'], affectsState: false, documentation: 'For a test.' } as const;

const risk = {
  ...common,
  code: 'risk',
  target: true,
  access: [{ permission: 'r' }],
  also: [{ permission: 's', type: 'Observation' }],
  parameters: [
    { name: 'horizon', type: 'integer', documentation: 'Years.' },
    { name: 'factor', type: 'decimal', max: '*', documentation: 'Factors.' },
  ],
} as const satisfies OperationDeclaration;

@Injectable()
class Risk implements Operation<typeof risk> {
  readonly declaration = risk;
  async run({ target, records, context, parameters }: OperationCall<typeof risk>): Promise<object> {
    const { horizon = 10, factor } = parameters;
    const found = context.may('Observation', 's')
      ? await records.search('Observation', `subject=Patient/${textOf(target['id'])}&_count=1`)
      : [];
    const seen = found.map(({ id }) => textOf(id)).join();
    return parametersOf({ horizon: String(horizon + 1), factor: factor.map(String).join(), seen });
  }
}

/** Asks for what it did not declare, in the way that is asked for. */
const greedy = {
  ...common,
  code: 'greedy',
  affectsState: true,
  access: [{ permission: 'r' }],
  parameters: [{ name: 'way', type: 'code', min: 1, documentation: 'How.' }],
} as const satisfies OperationDeclaration;

@Injectable()
class Greedy implements Operation<typeof greedy> {
  readonly declaration = greedy;
  async run({ context, records, id = '', parameters: { way } }: OperationCall<typeof greedy>): Promise<object> {
    const patient = { resourceType: 'Patient', id };
    const ways: Readonly<Record<string, () => unknown>> = {
      access: () => context.accessTo('Observation', 'r'),
      read: () => records.read('Observation', 'o1'),
      search: () => records.search('Patient', ''),
      chain: () => records.search('Patient', '_has:Observation:subject:code=x'),
      create: () => records.create(patient),
      update: () => records.update(patient),
      patch: () => records.patch('Patient', id, []),
      delete: () => records.delete('Patient', id),
      transaction: () => records.transaction((all) => all.delete('Patient', id)),
      system: () => records.asSystem('because'),
      permitted: () => records.read('Patient', id),
    };
    await ways[way]!();
    return parametersOf({ may: String(context.may('Observation', 'r')) });
  }
}

/** As the server itself, whoever asks. */
const peek = {
  ...common,
  code: 'peek',
  affectsState: true,
  access: [{ permission: 'r' }],
  system: 'Counts the observations that nobody may see.',
} as const satisfies OperationDeclaration;

@Injectable()
class Peek implements Operation<typeof peek> {
  readonly declaration = peek;
  async run({ records, id = '' }: OperationCall<typeof peek>): Promise<object> {
    const system = records.asSystem('count for a test');
    const found = await system.search('Observation', `subject=Patient/${id}`);
    const { id: made } = await system.create(anObservation(`Patient/${id}`));
    const forged = await system.create({ resourceType: 'AuditEvent' }).then(
      () => 'written',
      (error: Error) => error.name,
    );
    return parametersOf({ found: String(found.length), made, forged });
  }
}

/** Writes two resources, or none. */
const pair = {
  ...common,
  code: 'pair',
  affectsState: true,
  access: [{ permission: 'c', type: 'Observation' }],
  parameters: [{ name: 'fail', type: 'boolean', documentation: 'Whether the second one is no resource.' }],
} as const satisfies OperationDeclaration;

@Injectable()
class Pair implements Operation<typeof pair> {
  readonly declaration = pair;
  async run({ records, id, parameters }: OperationCall<typeof pair>): Promise<object> {
    return records.transaction(async (all) => {
      const one = await all.create(anObservation(`Patient/${id}`, { language: 'one' }));
      const second = parameters.fail ? { status: 'nonsense' } : { language: 'two' };
      const two = await all.create(anObservation(`Patient/${id}`, second));
      return parametersOf({ one: one.id, two: two.id });
    });
  }
}

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [
    FhirModule.forFeature({ name: 'test', operations: [Risk, Greedy, Peek, Pair] }),
  ]);
  all = server.token('user/*.cruds');
  await put({ ...aPatient(), id: 'p1' });
  await put({ ...aPatient(), id: 'p2' });
  for (const id of ['o1', 'o2']) await put({ ...anObservation('Patient/p1'), id });
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

const put = (body: JsonObject) =>
  server.call('PUT', `${textOf(body['resourceType'])}/${textOf(body['id'])}`, { token: all, body });
const call = (method: string, path: string, token = all, body?: object) =>
  server.call(method, path, { token, ...(body && { body }) });
const valuesOf = ({ text, body }: Answer): Readonly<Record<string, string>> => {
  expect(body.resourceType, text).toBe('Parameters');
  const parameters = body.parameter as readonly { readonly name: string; readonly valueString: string }[];
  return Object.fromEntries(parameters.map(({ name, valueString }) => [name, valueString]));
};

describe('an operation with typed parameters and a target', () => {
  it('gets them by GET and by POST, and the records that it declares', async () => {
    const got = await call('GET', 'Patient/p1/$risk?horizon=5&factor=1.10&factor=2');
    expect(valuesOf(got)).toEqual({ horizon: '6', factor: '1.10,2', seen: expect.stringMatching(/^o[12],o[12]$/) });
    const body = '{"resourceType":"Parameters","parameter":[{"name":"factor","valueDecimal":1.50}]}';
    const posted = await server.call('POST', 'Patient/p1/$risk', { token: all, body });
    expect(valuesOf(posted)).toMatchObject({ horizon: '11', factor: '1.50' });
  });

  it('names everything that is wrong in one 400, with its place', async () => {
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'horizon', valueString: 'x' },
        { name: 'factor', valueDecimal: 'y' },
        { name: 'horizn', valueInteger: 1 },
      ],
    };
    const answer = await call('POST', 'Patient/p1/$risk', all, body);
    expectOutcome(answer, 400, /Did you mean horizon/);
    expect(answer.body.issue.map(({ expression }: { expression: string[] }) => expression.join())).toEqual([
      'Parameters.parameter[0].value',
      'Parameters.parameter[2]',
      'Parameters.parameter[1].value',
    ]);
  });

  it('does not run for a target that the caller may not read', async () => {
    const own = server.token('patient/Patient.r', { patient: 'p1' });
    expect((await call('GET', 'Patient/p1/$risk', own)).status).toBe(200);
    const other = await call('GET', 'Patient/p2/$risk', own);
    expect([other.status, reasonsOf(other)]).toEqual([403, ['patient-context-mismatch']]);
    expectOutcome(await call('GET', 'Patient/none/$risk'), 404);
    expectOutcome(await call('GET', 'Patient/p1/$risk', server.token('user/Observation.rs')), 403, /user\/Patient\.r/);
  });

  it('uses what it may use only where the caller has it', async () => {
    expect(valuesOf(await call('GET', 'Patient/p1/$risk', server.token('user/Patient.r')))).toMatchObject({ seen: '' });
  });
});

describe('an operation that asks for more than it declares', () => {
  it.each(['access', 'read', 'search', 'chain', 'create', 'update', 'patch', 'delete', 'transaction', 'system'])(
    'is 500 and named in the log, whatever the caller may: %s',
    async (way) => {
      const log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      const answer = await call('POST', `Patient/p1/$greedy?way=${way}`);
      expectOutcome(answer, 500, /X-Request-Id/);
      expect(answer.text).not.toMatch(/greedy|declare/);
      expect(JSON.stringify(log.mock.calls)).toMatch(
        /\$greedy asked for (?:(?:Observation|Patient)\.[rscud], which it did not declare|.*needs system)/,
      );
      expect((await call('GET', 'Patient/p1')).body.meta.versionId).toBe('1');
    },
  );

  it('is told that the caller may not, and may use what it declares', async () => {
    expect(valuesOf(await call('POST', 'Patient/p1/$greedy?way=permitted'))).toEqual({ may: 'false' });
  });
});

describe('the records as the server itself', () => {
  it('are beyond the caller, write no AuditEvent, and each use is one', async () => {
    const own = server.token('patient/Patient.r', { patient: 'p1', sub: 'peeker' });
    const { found, made, forged } = valuesOf(await call('POST', 'Patient/p1/$peek', own));
    expect([found, forged]).toEqual(['2', 'Refused']);
    expect((await call('GET', `Observation/${made}`)).status).toBe(200);
    const { body } = await call(
      'GET',
      'AuditEvent?_count=50&_sort=-date',
      server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' }),
    );
    const uses = body.entry
      .map(({ resource }: { resource: JsonObject }) => resource)
      .filter((event: JsonObject) => JSON.stringify(event).includes('count for a test'));
    const text = JSON.stringify(uses);
    expect(uses).toHaveLength(3);
    for (const part of ['$peek', 'peeker', 'search Observation', 'Observation/o1', `Observation/${made}`, '"create"']) {
      expect(text).toContain(part);
    }
  });
});

it('records of one transaction are stored together or not at all', async () => {
  const { one } = valuesOf(await call('POST', 'Patient/p2/$pair'));
  expect((await call('GET', `Observation/${one}`)).status).toBe(200);
  const count = async () => (await call('GET', 'Observation?subject=Patient/p2&_summary=count')).body.total;
  const before = await count();
  expectOutcome(await call('POST', 'Patient/p2/$pair?fail=true'), 422, /status/);
  expect([before, await count()]).toEqual([2, 2]);
  const own = server.token('patient/*.cruds', { patient: 'p1' });
  expectOutcome(await call('POST', 'Patient/p2/$pair', own), 403);
});
