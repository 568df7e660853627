// docs/adr/0126: parts of contents come as bytes, not as text
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { entities, migrations } from '../../src/app/start/schema.js';
import { beginUpload } from '../../src/fhir/storage/binary/binary-statements.js';
import { partSize } from '../../src/fhir/storage/binary/binary-parts.js';
import { PostgresBinaryStore } from '../../src/fhir/storage/binary/postgres-binary-store.js';
import { StatementTooSlow } from '../../src/fhir/storage/session/statement-too-slow.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { type Collected, collectStatements } from '../support/statements.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let dataSource: ReturnType<typeof createDataSource>;
let session: SqlSession;
let pool: Pool;
let sent: Collected;

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = createDataSource(database.connection, migrations, entities);
  await dataSource.initialize();
  pool = poolOf(dataSource);
  session = new SqlSession(pool, { statementTimeout: 30 });
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});
beforeEach(() => void (sent = collectStatements()));
afterEach(() => sent.stop());

const select = (text: string) => ({ text, values: [] });

it('hands out all bytes as they are, and nothing where there is no row', async () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  expect(await session.copied(select(`SELECT '\\x${all.toString('hex')}'::bytea`))).toEqual([all]);
  expect(await session.copied(select(`SELECT ''::bytea`))).toEqual([Buffer.alloc(0)]);
  expect(await session.copied(select(`SELECT ''::bytea WHERE false`))).toBeUndefined();
});

it('reads each part of a content by one COPY in binary format', async () => {
  const store = new PostgresBinaryStore(session);
  const id = uuidv7();
  await session.count(beginUpload(id));
  const content = randomBytes(2 * partSize + 5);
  await store.write(
    id,
    (async function* () {
      yield content;
    })(),
  );
  sent.statements.length = 0;
  const read: Buffer[] = [];
  for await (const bytes of store.read(id, { first: 0, last: content.length - 1 })) read.push(bytes);
  expect(Buffer.concat(read).equals(content)).toBe(true);
  const texts = sent.statements.map(({ text }) => text);
  expect(texts).toHaveLength(3);
  for (const text of texts)
    expect(text).toMatch(
      /^COPY \(SELECT substring\(bytes FROM .*\) FROM binary_content WHERE .*\) TO STDOUT \(FORMAT binary\)$/,
    );
});

it('takes an id for a value, whatever it is', async () => {
  const store = new PostgresBinaryStore(session);
  const read = async (id: string): Promise<void> => {
    for await (const _ of store.read(id, { first: 0, last: 1 })) expect.unreachable();
  };
  await expect(read(`' OR true --`)).rejects.toThrow(/uuid/);
});

it('hands out several columns of a row, texts in UTF-8', async () => {
  const columns = {
    text: `SELECT $1::text, $2::integer::text, NULL::text, '\\x00ff'::bytea`,
    values: [`O'Größe\\ $2`, 7],
  };
  const [text, number, nothing, bytes] = (await session.copied(columns))!;
  expect([String(text), String(number), String(nothing)]).toEqual([`O'Größe\\ $2`, '7', '']);
  expect(bytes).toEqual(Buffer.from([0, 255]));
});

it('fails as a statement does, also in the middle, and leaves no connection that is out of step', async () => {
  await expect(session.copied(select('SELECT nothing'))).rejects.toThrow(/nothing/);
  const fails = `SELECT CASE WHEN n < 50 THEN decode(repeat('00', 100000), 'hex') ELSE (1 / (n - n))::text::bytea END FROM generate_series(1, 99) AS n`;
  await expect(session.copied(select(fails))).rejects.toThrow(/division by zero/);
  expect(await session.rows({ text: 'SELECT 7 AS seven', values: [] })).toEqual([{ seven: 7 }]);
  expect(await session.copied(select(`SELECT '\\x07'::bytea`))).toEqual([Buffer.from([7])]);
});

it('is bounded in time as a statement is', async () => {
  const bounded = new SqlSession(pool, { statementTimeout: 1 });
  await expect(bounded.copied(select(`SELECT ''::bytea FROM pg_sleep(30)`))).rejects.toThrow(StatementTooSlow);
});

it('leaves few bytes to be collected, however many were read', async () => {
  const part = select(`SELECT decode(repeat('00', ${partSize}), 'hex')`);
  await session.copied(part);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let n = 0; n < 100; n++) {
    await session.copied(part);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(18 * 1024 ** 2);
});
