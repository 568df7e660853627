// A search parameter of an extension finds what was stored before the extension was there
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { SearchParameter } from '../../src/r4/search/parameters/search-parameter.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { endPauseOfIndexing, until } from '../support/custom-parameters.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const ward: SearchParameter = {
  code: 'ward',
  type: 'token',
  url: 'http://example.org/fhir/SearchParameter/ward',
  base: ['Observation', 'Basic'],
  expression: "extension.where(url = 'http://example.org/ward').value.ofType(code)",
};
const floor = { ...ward, expression: "extension.where(url = 'http://example.org/floor').value.ofType(code)" };

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** Runs `work` against a server that knows these parameters; what it stored stays. */
async function withServer<T>(
  parameters: readonly SearchParameter[],
  work: (server: TestServer) => Promise<T>,
): Promise<T> {
  const kept = { ...database, drop: async () => undefined };
  const server = await startServer({}, [FhirModule.forFeature({ name: 'test', searchParameters: parameters })], kept);
  try {
    return await work(server);
  } finally {
    await endPauseOfIndexing(server);
    await server.close();
  }
}

const resource = (type: string, id: string, inWard: string, onFloor: string) => ({
  resourceType: type,
  id,
  ...(type === 'Observation' && { status: 'final' }),
  code: { text: 'x' },
  extension: [
    { url: 'http://example.org/ward', valueCode: inWard },
    { url: 'http://example.org/floor', valueCode: onFloor },
  ],
});

const write = (server: TestServer, address: string, inWard: string, onFloor = 'ground') => {
  const [type = '', id = ''] = address.split('/');
  return server.call('PUT', address, {
    token: server.token('user/*.cruds admin/*.cruds'),
    body: resource(type, id, inWard, onFloor),
  });
};

const search = (server: TestServer, query: string, scope = 'user/*.rs'): Promise<Answer> =>
  server.call('GET', query, { token: server.token(scope) });

/** Waits until what is stored has been indexed. */
async function find(server: TestServer, query: string, scope = 'user/*.rs'): Promise<readonly string[]> {
  const { status, body } = await until(
    () => search(server, query, scope),
    (answer) => answer.status !== 503,
  );
  expect(status).toBe(200);
  return (body.entry ?? []).map(({ resource: { id } }: { resource: { id: string } }) => id);
}

const etagsOf = async (server: TestServer, address: string, scope: string) => {
  const { body } = await server.call('GET', `${address}/_history`, { token: server.token(scope) });
  return (body.entry ?? []).map(({ response }: { response: { etag: string } }) => response.etag);
};

describe('a search parameter that is registered later', () => {
  it('finds every resource of its types that was there, current and old versions and deletions judged alike', async () => {
    const lastUpdated = await withServer([], async (server) => {
      const entry = Array.from({ length: 450 }, (_, i) => ({
        resource: resource('Observation', `o${1000 + i}`, i % 2 ? 'odd' : 'even', 'first'),
        request: { method: 'PUT', url: `Observation/o${1000 + i}` },
      }));
      const body = { resourceType: 'Bundle', type: 'transaction', entry };
      expect((await server.call('POST', '', { token: server.token('user/*.cruds admin/*.cruds'), body })).status).toBe(
        200,
      );
      await write(server, 'Observation/moved', 'a');
      await write(server, 'Observation/moved', 'b');
      await write(server, 'Observation/moved', 'a');
      await write(server, 'Observation/gone', 'a');
      await server.call('DELETE', 'Observation/gone', { token: server.token('user/*.cruds admin/*.cruds') });
      await write(server, 'Basic/basic', 'a');
      expect((await server.call('GET', 'Observation?ward=a', { token: server.token('user/*.rs') })).status).toBe(400);
      return (await server.call('GET', 'Observation/o1001', { token: server.token('user/*.rs') })).text;
    });
    await withServer([ward], async (server) => {
      expect(await find(server, 'Observation?ward=odd&_count=1000')).toHaveLength(225);
      expect(await find(server, 'Observation?ward=even&_count=1000')).toHaveLength(225);
      expect(await find(server, 'Observation?ward=a')).toEqual(['moved']);
      expect(await find(server, 'Basic?ward=a')).toEqual(['basic']);
      expect(await etagsOf(server, 'Observation/moved', 'user/Observation.r?ward=a')).toEqual(['W/"3"', 'W/"1"']);
      expect(await etagsOf(server, 'Observation/gone', 'user/Observation.r?ward=a')).toEqual(['W/"2"', 'W/"1"']);
      expect(await etagsOf(server, 'Observation/gone', 'user/Observation.r?ward=b')).toEqual([]);
      const { text } = await server.call('GET', 'Observation/o1001', { token: server.token('user/*.rs') });
      expect(text).toBe(lastUpdated);
    });
  });

  it('finds by its new meaning after it was changed', async () => {
    await withServer([floor], async (server) => {
      expect(await find(server, 'Observation?ward=first&_count=1000')).toHaveLength(450);
      expect(await find(server, 'Observation?ward=odd')).toEqual([]);
      expect(await find(server, 'Observation?ward=ground')).toEqual(['moved']);
    });
  });

  it('finds what was written while it was not registered', async () => {
    await withServer([], (server) => write(server, 'Observation/between', 'a', 'roof'));
    await withServer([floor], async (server) => {
      expect(await find(server, 'Observation?ward=roof')).toEqual(['between']);
    });
  });

  it('leaves the rows alone when nothing changed', async () => {
    const rows = async (server: TestServer) => {
      const { DataSource } = await import('typeorm');
      return server.app.get(DataSource).query('SELECT id, xmin::text FROM resource_observation ORDER BY id');
    };
    const before = await withServer([floor], rows);
    expect(await withServer([floor], rows)).toEqual(before);
  });

  it('is indexed once when two servers start together', async () => {
    const counts = await Promise.all(
      [0, 1].map(() => withServer([ward], (server) => find(server, 'Observation?ward=odd&_count=1000'))),
    );
    expect(counts.map(({ length }) => length)).toEqual([225, 225]);
  });
});
