// PostgreSQL forgets a cancellation that arrives while it runs no statement: https://www.postgresql.org/docs/current/protocol-flow.html
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { StatementTooSlow } from '../../src/fhir/storage/session/statement-too-slow.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const cancelRequest = 80_877_102;

let database: FreshDatabase;
let line: Server;
let pool: Pool;
let cancellations = 0;

beforeAll(async () => {
  database = await freshDatabase();
  // Loses the first cancellation.
  line = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (first) => {
      if (first.length === 16 && first.readInt32BE(4) === cancelRequest && cancellations++ === 0) return client.end();
      const upstream = connect(join(String(database.connection.host), '.s.PGSQL.5432'));
      upstream.on('error', () => undefined);
      upstream.write(first);
      return client.pipe(upstream).pipe(client);
    });
  });
  await new Promise<void>((resolve) => {
    line.listen(0, '127.0.0.1', resolve);
  });
  pool = new Pool({ ...database.connection, host: '127.0.0.1', port: (line.address() as AddressInfo).port, max: 1 });
});
afterAll(async () => {
  await pool.end();
  line.close();
  await database.drop();
});

describe('a statement whose first cancellation is lost', () => {
  it('is cancelled all the same, and its connection goes on', async () => {
    const session = new SqlSession(pool, { statementTimeout: 1 });
    await expect(session.rows({ text: 'select pg_sleep(30)', values: [] })).rejects.toBeInstanceOf(StatementTooSlow);
    expect(cancellations).toBeGreaterThan(1);
    expect(await session.rows({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]);
  });
});
