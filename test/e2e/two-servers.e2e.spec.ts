// Replicas share nothing but the database: versions, If-Match and transactions hold across them
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/postgres.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let servers: readonly [TestServer, TestServer];

beforeAll(async () => {
  const database = await freshDatabase();
  // Whoever is closed last drops the database.
  const first = await startServer({}, [], { ...database, drop: () => Promise.resolve() });
  servers = [first, await startServer({}, [], database)];
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** Each server has an issuer of its own, so a token is good at one of them. */
const send = (n: number, request: string, body?: object, headers = {}): Promise<Answer> => {
  const server = servers[n % 2]!;
  const [method = '', path = ''] = request.split(' ');
  return server.call(method, path, { token: server.token('user/*.cruds'), headers, ...(body && { body }) });
};

const patient = (id: string, text: string): object => ({ resourceType: 'Patient', id, name: [{ family: text }] });
const times = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const familyOf = (resource: { readonly name: readonly { readonly family: string }[] }): string =>
  resource.name[0]!.family;

/** The content of each version, by its number, as the server with this number tells it. */
async function historyOf(n: number, id: string): Promise<ReadonlyMap<number, string>> {
  const { status, body } = await send(n, `GET Patient/${id}/_history?_count=1000`);
  expect(status).toBe(200);
  const versions = (body.entry as { resource: { meta: { versionId: string }; name: { family: string }[] } }[]).map(
    ({ resource }) => [Number(resource.meta.versionId), familyOf(resource)] as const,
  );
  expect(new Set(versions.map(([version]) => version)).size).toBe(versions.length);
  return new Map(versions);
}

interface Acknowledged {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** Versions 1 to n without a gap, and each acknowledged write is the version it was told. */
async function expectHistories(ids: readonly string[], acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const id of ids) {
    const mine = acknowledged.filter((written) => written.id === id);
    const history = await historyOf(0, id);
    expect(await historyOf(1, id)).toEqual(history);
    expect([...history.keys()].toSorted((a, b) => a - b)).toEqual(times(mine.length, (n) => n + 1));
    expect(new Map(mine.map(({ version, text }) => [version, text] as const).toSorted(([a], [b]) => b - a))).toEqual(
      history,
    );
  }
}

describe('two servers on one database', () => {
  it('give 120 parallel updates of 3 resources versions without gap or double', async () => {
    const ids = ['u1', 'u2', 'u3'];
    const acknowledged = await Promise.all(
      times(120, async (n): Promise<Acknowledged> => {
        const id = ids[n % 3]!;
        const { status, body } = await send(n, `PUT Patient/${id}`, patient(id, `u${n}`));
        expect([200, 201]).toContain(status);
        return { id, version: Number(body.meta.versionId), text: familyOf(body) };
      }),
    );
    await expectHistories(ids, acknowledged);
  });

  it('let one of all updates with the same If-Match win', async () => {
    expect((await send(0, 'PUT Patient/m1', patient('m1', 'm'))).status).toBe(201);
    for (let version = 1; version <= 5; version++) {
      const answers = await Promise.all(
        times(16, (n) =>
          send(n, 'PUT Patient/m1', patient('m1', `m${version}-${n}`), { 'if-match': `W/"${version}"` }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(15);
      const winner = answers.find(({ status }) => status === 200)!;
      for (const n of [0, 1]) expect((await send(n, 'GET Patient/m1')).body).toEqual(winner.body);
    }
  });

  it('count up without loss when every client reads, adds one and repeats after 412', async () => {
    expect((await send(0, 'PUT Patient/c1', patient('c1', '0'))).status).toBe(201);
    const addOne = async (n: number): Promise<void> => {
      for (;;) {
        const { body, headers } = await send(n, 'GET Patient/c1');
        const next = patient('c1', String(Number(familyOf(body)) + 1));
        const { status } = await send(n, 'PUT Patient/c1', next, { 'if-match': headers['etag'] });
        if (status === 200) return;
        expect(status).toBe(412);
      }
    };
    await Promise.all(times(12, addOne));
    expect(familyOf((await send(1, 'GET Patient/c1')).body)).toBe('12');
  });

  it('run transactions over the same resources in different orders, with no deadlock in the answers', async () => {
    const ids = times(6, (n) => `t${n}`);
    const transaction = (n: number): object => {
      const rotated = [...ids.slice(n % 6), ...ids.slice(0, n % 6)];
      const order = n % 4 < 2 ? rotated : rotated.toReversed();
      const entry = order.map((id) => ({
        resource: patient(id, `t${n}`),
        request: { method: 'PUT', url: `Patient/${id}` },
      }));
      return { resourceType: 'Bundle', type: 'transaction', entry };
    };
    const answers = await Promise.all(
      times(40, async (n) => ({
        n,
        ...(await send(n, 'POST ', transaction(n), { prefer: 'return=representation' })),
      })),
    );
    const acknowledged = answers.flatMap(({ n, status, text, body }) => {
      expect([status, text]).toEqual([200, expect.anything()]);
      return (body.entry as { response: { location?: string; etag: string }; resource: { id: string } }[]).map(
        ({ response, resource }) => ({
          id: resource.id,
          version: Number(/\d+/.exec(response.etag)![0]),
          text: `t${n}`,
        }),
      );
    });
    await expectHistories(ids, acknowledged);
    // All or none: whoever was last at one resource was last at all of them.
    const versions = new Map(ids.map((id) => [id, acknowledged.filter((written) => written.id === id)]));
    for (const [, written] of versions) {
      const order = written.toSorted((a, b) => a.version - b.version).map(({ text }) => text);
      expect(order).toEqual(
        versions
          .get('t0')!
          .toSorted((a, b) => a.version - b.version)
          .map(({ text }) => text),
      );
    }
  });

  it('mix updates, conditional updates, deletes and transactions, and every answer is right', async () => {
    const ids = ['x1', 'x2'];
    const entryOf = (id: string, n: number): object => ({
      resource: patient(id, `x${n}`),
      request: { method: 'PUT', url: `Patient/${id}` },
    });
    const bundle = (n: number): object => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: (n % 2 === 0 ? ids : ids.toReversed()).map((id) => entryOf(id, n)),
    });
    const kinds: readonly ((n: number, id: string) => Promise<Answer>)[] = [
      (n, id) => send(n, `PUT Patient/${id}`, patient(id, `x${n}`)),
      (n, id) => send(n, `PUT Patient/${id}`, patient(id, `x${n}`), { 'if-match': `W/"${n}"` }),
      (n, id) => send(n, `DELETE Patient/${id}`),
      (n) => send(n, 'POST ', bundle(n)),
      (n, id) => send(n, `GET Patient/${id}`),
    ];
    const answers = await Promise.all(times(150, (n) => kinds[n % kinds.length]!(n >> 2, ids[(n >> 3) % 2]!)));
    expect(
      [...new Set(answers.map(({ status }) => status))].filter(
        (status) => ![200, 201, 204, 404, 410, 412].includes(status),
      ),
    ).toEqual([]);
    for (const id of ids) {
      const { body } = await send(0, `GET Patient/${id}/_history?_count=1000`);
      const etags = (body.entry as { response: { etag: string } }[]).map(({ response }) =>
        Number(/\d+/.exec(response.etag)![0]),
      );
      expect(etags).toEqual(times(etags.length, (n) => etags.length - n));
    }
  });
});
