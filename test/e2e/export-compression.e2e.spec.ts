// Parts of exports are compressed by LZ4 where PostgreSQL was built with it (docs/adr/0166)
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { endOfJob, placeOf } from '../support/bulk-data.js';
import { debianDatabase, hasDebianPostgres } from '../support/debian-postgres.js';
import { freshDatabase } from '../support/postgres.js';
import { aBundle, aPatient, putting } from '../support/resources.js';
import { startServer } from '../support/server.js';

/** What the parts of an export are compressed by, and the lines of its file. */
async function exported(database: Awaited<ReturnType<typeof freshDatabase>>) {
  const server = await startServer({ LOG_LEVEL: 'silent' }, [], database);
  const client = new Client(database.connection);
  try {
    const token = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
    const name = [{ text: 'Anna '.repeat(500) }];
    const patients = Array.from({ length: 20 }, (_, n) => ({ ...aPatient(), id: `p${n}`, name }));
    const stored = await server.call('POST', '', { token, body: aBundle('transaction', ...patients.map(putting)) });
    expect(stored.status, stored.text).toBe(200);
    const headers = { prefer: 'respond-async' };
    const done = await endOfJob(server, token, await server.call('GET', '$export?_type=Patient', { token, headers }));
    const [{ url }] = done.body.output as [{ url: string }];
    await client.connect();
    const { rows } = await client.query('SELECT pg_column_compression(bytes) AS method FROM binary_content');
    return { rows, lines: (await server.call('GET', placeOf(url), { token })).text.trimEnd().split('\n') };
  } finally {
    await client.end();
    await server.close();
  }
}

describe('parts of an export', () => {
  it('are compressed by what PostgreSQL has by itself where it was built without LZ4', async () => {
    const { rows, lines } = await exported(await freshDatabase());
    expect([rows, lines.length]).toEqual([[{ method: 'pglz' }], 20]);
  });

  it.skipIf(!hasDebianPostgres())('are compressed by LZ4 where it was built with it', async () => {
    const { rows, lines } = await exported(await debianDatabase());
    expect([rows, lines.length]).toEqual([[{ method: 'lz4' }], 20]);
  });
});
