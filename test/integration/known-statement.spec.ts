// A statement that a connection knows goes out as https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY has it, without Describe
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { queryConnection } from '../../src/fhir/storage/session/known-statement.js';
import type { BindValue } from '../../src/fhir/storage/session/statement.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let pool: Pool;
let client: PoolClient;
let described = 0;
const describing = (): void => void described++;

beforeAll(async () => {
  database = await freshDatabase();
  pool = new Pool({ ...database.connection, max: 1 });
  client = await pool.connect();
  (client as unknown as { connection: NodeJS.EventEmitter }).connection.on('rowDescription', describing);
});
afterAll(async () => {
  client.release();
  await pool.end();
  await database.drop();
});
beforeEach(() => {
  described = 0;
});

const run = (name: string, text: string, values: BindValue[] = []) => queryConnection(client, { name, text, values });

const typed = `SELECT $1::text AS text, $2::integer AS number, $3::boolean AS "isTrue", $4::double precision AS double,
  NULL::text AS nothing, '{a,"b c"}'::text[] AS list, '{"a":1.0}'::json AS json, '2024-01-01T00:00:00Z'::timestamptz AS instant,
  9007199254740993::bigint AS long, '' AS empty`;

describe('a statement that is run again on its connection', () => {
  it.each(['', 'ä😀\u2028', `it's "quoted" \\ $1`, '1.0', 'x'.repeat(100_000)])(
    'gives what it gave the first time: %#',
    async (text) => {
      const values = [text, -2_147_483_648, false, 0.1];
      const ordinary = await client.query({ text: typed, values });
      const [first, second, third] = [
        await run('typed', typed, values),
        await run('typed', typed, values),
        await run('typed', typed, values),
      ];
      for (const { rows, rowCount, command } of [first, second, third])
        expect({ rows, rowCount, command }).toEqual({ rows: ordinary.rows, rowCount: 1, command: 'SELECT' });
      expect(second.rows[0]).toMatchObject({ text, number: -2_147_483_648, isTrue: false, double: 0.1, nothing: null });
    },
  );

  it('is described once', async () => {
    for (const most of [0, 1, 3]) {
      const { rows, rowCount } = await run('series', 'SELECT i FROM generate_series(1, $1::integer) AS i', [most]);
      expect([rows.length, rowCount]).toEqual([most, most]);
    }
    expect(described).toBe(1);
  });

  it('counts the rows that it changes', async () => {
    await client.query('CREATE TEMPORARY TABLE word (word text)');
    const text = 'INSERT INTO word SELECT $1::text FROM generate_series(1, 3) RETURNING word';
    for (const word of ['a', 'b']) {
      const { rows, rowCount, command } = await run('insert', text, [word]);
      expect({ rows, rowCount, command }).toEqual({
        rows: [{ word }, { word }, { word }],
        rowCount: 3,
        command: 'INSERT',
      });
    }
  });

  it('fails with the error of PostgreSQL, and the connection goes on', async () => {
    const text = 'SELECT 1 / $1::integer AS quotient';
    for (let round = 0; round < 2; round++) {
      expect((await run('quotient', text, [1])).rows).toEqual([{ quotient: 1 }]);
      await expect(run('quotient', text, [0])).rejects.toMatchObject({ code: '22012' });
    }
  });

  it('is refused once its columns have changed', async () => {
    await client.query('CREATE TEMPORARY TABLE thing (a integer); INSERT INTO thing VALUES (1)');
    const text = 'SELECT * FROM thing WHERE a = $1::integer';
    for (let round = 0; round < 2; round++) expect((await run('thing', text, [1])).rows).toEqual([{ a: 1 }]);
    await client.query('ALTER TABLE thing ADD b integer');
    await expect(run('thing', text, [1])).rejects.toMatchObject({ code: '0A000' });
  });

  it('is told apart from one that the connection has lost', async () => {
    for (let round = 0; round < 2; round++) await run('lost', 'SELECT $1::text AS lost', ['x']);
    await client.query('DEALLOCATE lost');
    await expect(run('lost', 'SELECT $1::text AS lost', ['x'])).rejects.toMatchObject({ code: '26000' });
  });
});

it.each([
  [['a', 'b,"c', '', 'NULL', 'null', ' x ', '{}', String.raw`\"`, 'ä😀\u2028\u00a0', '\t\v\f\r\n']],
  [[]],
  [['1']],
])('a list of texts is the same list, and is described once: %j', async (list) => {
  const text = 'SELECT $1::text[] AS list, cardinality($1::text[]) AS length';
  for (let round = 0; round < 3; round++)
    expect((await run('texts', text, [list])).rows).toEqual([{ list, length: list.length }]);
  expect(described).toBeLessThanOrEqual(1);
});

it('a list of numbers is the same list, and those beyond them are', async () => {
  const text = 'SELECT $1::integer[] AS list, $2::bigint[]::text[] AS long';
  const values = [
    [-1, 0, 2_147_483_647],
    ['-9223372036854775808', '9007199254740993'],
  ];
  for (let round = 0; round < 2; round++)
    expect((await run('numbers', text, values)).rows).toEqual([{ list: values[0], long: values[1] }]);
  expect(described).toBe(1);
});

it('bytes go by the rules of the driver', async () => {
  const text = 'SELECT $1::bytea AS bytes';
  for (let round = 0; round < 2; round++)
    expect((await run('bytes', text, [Buffer.from([0, 255])])).rows).toEqual([{ bytes: Buffer.from([0, 255]) }]);
  expect(described).toBe(2);
});
