// Whether an extension tells a caller of rows out of reach: lanyard-fhir/testing, expectNonInterference
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { FhirFeature } from '../../src/fhir/feature.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { BeforeWrite, Hook } from '../../src/fhir/extensions/hook.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { InvalidRequest } from '../../src/r4/errors/fhir-error.js';
import { abstain, type AccessPolicy, type AccessQuery, constrain } from '../../src/scope/policies/policy.js';
import { expectNonInterference, type NonInterference, recordOf, type World } from '../../src/testing/index.js';
import { urlOf } from '../support/connection.js';
import { isFull, shareOf } from '../support/full.js';

const declaration = (code: string): OperationDeclaration => ({
  code,
  level: ['instance'],
  types: ['Patient'],
  affectsState: false,
  access: [{ permission: 'r' }],
  definition: `http://example.org/fhir/OperationDefinition/${code}`,
  documentation: 'For tests.',
});

const parameters = (valueString: string) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'result', valueString }],
});

/** Asks the database itself, past everything that limits the caller. */
const countAll = async (database: DataSource, type: string): Promise<number> => {
  const [row] = await database.query('select count(*)::int as n from resource where type = $1 and not deleted', [type]);
  return row.n as number;
};

@Injectable()
class Greets implements Operation {
  readonly declaration = declaration('greet');
  run = ({ id = '' }: OperationCall) => parameters(id);
}

@Injectable()
class CountsAll implements Operation {
  readonly declaration = declaration('count-all');
  constructor(private readonly database: DataSource) {}

  async run(): Promise<object> {
    return parameters(String(await countAll(this.database, 'Observation')));
  }
}

@Injectable()
class Fails implements Operation {
  readonly declaration = declaration('fail');

  run(): object {
    throw new TypeError('a defect');
  }
}

@Injectable()
class OneOfEach implements Hook {
  readonly name = 'one-of-each';
  readonly types = ['Condition'];
  constructor(private readonly database: DataSource) {}

  async beforeWrite({ interaction }: BeforeWrite): Promise<undefined> {
    if (interaction === 'create' && (await countAll(this.database, 'Condition')) > 1) throw tooMany();
  }
}
const tooMany = () => new InvalidRequest({ code: 'duplicate', diagnostics: 'There is one already.' });

@Injectable()
class FinalOnly implements AccessPolicy {
  readonly name = 'final-only';
  decide = ({ type, principal: { kind } }: AccessQuery) =>
    type === 'Observation' && kind !== 'machine' ? constrain('Observation?status=final', 'final ones') : abstain();
}

@Injectable()
class TellsTheTime implements Operation {
  readonly declaration = declaration('nonce');
  run = () => parameters(`nonce-${Math.random()}`);
}

const check = (feature: Omit<FhirFeature, 'name'>, more: Partial<NonInterference> = {}) =>
  expectNonInterference({
    features: [FhirModule.forFeature({ name: '@acme/leaky', ...feature })],
    as: (server) => server.asPatient('ada', 'patient/*.cruds'),
    visible: recordOf('ada'),
    hidden: recordOf('bo'),
    settings: { LOG_LEVEL: 'silent' },
    ...more,
  });

beforeAll(() => {
  // As an author who has a PostgreSQL: here that of this run.
  const { host, user } = inject('postgres');
  vi.stubEnv('DATABASE_URL', urlOf({ host, user, database: 'postgres' }));
});
afterAll(() => vi.unstubAllEnvs());

describe('an extension that tells nothing', () => {
  it('passes, the requests of its author are made in both worlds, and answers may differ in what the check is told of', async () => {
    const totals: number[] = [];
    const requests: NonInterference['requests'] = async (client) =>
      void totals.push((await client.search('Observation', { code: '8867-4' })).body.total as number);
    const feature = { operations: [Greets, TellsTheTime], policies: [FinalOnly] };
    await expect(check(feature, { requests, ignore: /nonce-[\d.e-]+/ })).resolves.toBeUndefined();
    expect(totals).toEqual([1, 1]);
  });

  it.runIf(isFull)('is taken for one that tells where answers differ by chance and nobody says so', async () => {
    await expect(check({ operations: [TellsTheTime] })).rejects.toThrow(/GET Patient\/ada\/\$nonce/);
  });
});

describe('a planted leak is found, and the message shows the request and the difference:', () => {
  const leaks: readonly (readonly [string, Omit<FhirFeature, 'name'>, RegExp])[] = [
    [
      'a count of all rows',
      { operations: [CountsAll] },
      /: GET Patient\/ada\/\$count-all\n  with the hidden rows: .*"valueString":"6".*\n  without .*"valueString":"4"/,
    ],
    [
      'a rule that looks at all rows',
      { hooks: [OneOfEach] },
      /: POST Condition\n  with the hidden rows: .*There is one already.*\n  without .*\| 403 \|/,
    ],
    ['a failure in both worlds', { operations: [Fails] }, /GET Patient\/ada\/\$fail\n500/],
  ];

  it.each(shareOf(leaks, 3))('%s', async (_name, feature, message) => {
    await expect(check(feature)).rejects.toThrow(message);
  });

  it.runIf(isFull)('an element that was to be taken out', async () => {
    const visible = (world: World) => recordOf('ada').map((one) => ({ ...one, language: `own-${world}` }));
    await expect(check({}, { hidden: [], visible })).rejects.toThrow(/GET Patient\/ada\n.*own-a.*\n.*own-b/);
  });
});

describe('a check that would prove nothing fails:', () => {
  it('nothing is hidden', async () => {
    await expect(check({}, { hidden: [] })).rejects.toThrow(/would prove nothing: the two worlds do not differ/);
  });

  it('the caller is refused everything', async () => {
    const as: NonInterference['as'] = (server) => server.asUser({ scope: 'openid' });
    await expect(check({}, { as })).rejects.toThrow(/would prove nothing: the caller can read none/);
  });

  it('what should be stored is not', async () => {
    const wrong = { resourceType: 'Observation', id: 'bo-wrong' };
    await expect(check({}, { hidden: [wrong] })).rejects.toThrow(/did not store what the check needs: 4\d\d/);
  });
});
