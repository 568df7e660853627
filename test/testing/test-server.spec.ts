// What extension authors test with: lanyard-fhir/testing
import { AssertionError } from 'node:assert';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { extensionSettings } from '../../src/config/extension-settings.js';
import type { MigrationDatabase } from '../../src/database/migrations/extension-migration.js';
import { tablePrefix } from '../../src/database/migrations/table-prefix.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import {
  aPatient,
  anObservation,
  expectRefusal,
  refusalsOf,
  resourcesOf,
  startTestServer,
  type TestServer,
} from '../../src/testing/index.js';
import { rowsOf } from '../support/connection.js';
import { freshDatabase } from '../support/postgres.js';

@Injectable()
class Hello implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'hello',
    level: ['instance'],
    types: ['Patient'],
    affectsState: false,
    access: [{ permission: 'r' }],
    definition: 'http://example.org/fhir/OperationDefinition/hello',
    documentation: 'Greets.',
  };

  run({ id = '' }: OperationCall): object {
    return { resourceType: 'Parameters', parameter: [{ name: 'hello', valueString: id }] };
  }
}

const settings = extensionSettings('HELLO', { HELLO_WORD: z.string() });
const migration = {
  name: 'Greetings1764547200000',
  up: (database: MigrationDatabase) => database.query(`create table ${tablePrefix('hello')}greeting (word text)`),
};

@Module({
  imports: [FhirModule.forFeature({ name: 'hello', operations: [Hello], settings, migrations: [migration] })],
})
class HelloModule {}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    features: [HelloModule],
    settings: { HELLO_WORD: 'Welcome' },
    database: await freshDatabase(),
  });
  await server.store(
    aPatient({ id: 'p1' }),
    aPatient({ id: 'p2' }),
    anObservation('Patient/p1', { id: 'o1' }),
    anObservation('Patient/p2', { id: 'o2' }),
  );
});
afterAll(() => server.close());

describe('a test server', () => {
  it('has the modules of the extension', async () => {
    const { status, body } = await server.asPatient('p1', 'patient/*.rs').operation('Patient/p1/$hello');
    expect([status, body.parameter]).toEqual([200, [{ name: 'hello', valueString: 'p1' }]]);
  });

  it('has its settings and its tables', async () => {
    expect(server.app.get(settings.token, { strict: false })).toEqual({ HELLO_WORD: 'Welcome' });
    const rows = await rowsOf(server.database.connection, `select * from ${tablePrefix('hello')}greeting`);
    expect(rows).toEqual([]);
  });

  it('listens where its links lead', async () => {
    const { token } = server.asService();
    const get = (url: string) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const first = (await (await get(`${server.base}/Patient?_count=1`)).json()) as {
      link: { relation: string; url: string }[];
    };
    const next = first.link.find(({ relation }) => relation === 'next')?.url ?? '';
    expect(next.startsWith(server.base)).toBe(true);
    expect((await get(next)).status).toBe(200);
  });

  it('says which resource it could not store', async () => {
    await expect(server.store({ resourceType: 'Patient', id: 'p3', birthDate: 'x' } as never)).rejects.toThrow(
      /422.*birthDate/,
    );
  });
});

describe('a caller', () => {
  it('who is a patient reaches the own record', async () => {
    const jane = server.asPatient('p1', 'patient/*.rs');
    expect(resourcesOf(await jane.search('Observation')).map(({ id }) => id)).toEqual(['o1']);
    expect((await jane.read('Observation', 'o2')).status).toBe(404);
  });

  it('who is a service or a user creates, updates, searches and deletes', async () => {
    for (const client of [server.asService(), server.asUser({ scope: 'user/*.cruds', fhirUser: 'Practitioner/dr1' })]) {
      const { status, body } = await client.create(aPatient());
      expect(status).toBe(201);
      expect((await client.update({ ...body, gender: 'female' })).status).toBe(200);
      const found = await client.search('Patient', { _id: body.id, gender: 'female' });
      expect(resourcesOf(found)).toHaveLength(1);
      expect((await client.delete('Patient', body.id)).status).toBe(204);
    }
  });

  it('has the claims that the test gives', async () => {
    const { body } = await server.asUser({ scope: 'user/*.rs', claims: { sub: 'dr-1' } }).operation('$my-access');
    expect(JSON.stringify(body)).toContain('dr-1');
  });
});

describe('expectRefusal', () => {
  it('takes the reason, and names what came instead', async () => {
    const answer = await server.asUser({ scope: 'user/Observation.rs' }).read('Patient', 'p1');
    expectRefusal(answer, 'scope-insufficient');
    expect(refusalsOf(answer)).toEqual(['scope-insufficient']);
    expect(() => expectRefusal(answer, 'token-expired')).toThrow(
      /"token-expired" was expected.*403.*scope-insufficient/,
    );
    const found = await server.asService().read('Patient', 'p1');
    expect(() => expectRefusal(found, 'scope-insufficient')).toThrow(AssertionError);
  });
});
