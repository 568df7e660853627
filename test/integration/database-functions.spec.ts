import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';

/**
 * The text of each function of the database stands in `lanyard_*.sql` of its name. Migrations install copies, since a
 * released migration never changes: who edits a file adds a migration with the new text, or this fails.
 */
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));

let database: FreshDatabase;
let client: Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the functions of the migrated database', () => {
  it('are those of the files, each in the file of its name', async () => {
    const named = files.flatMap((file) =>
      [...read(file).matchAll(/^CREATE OR REPLACE FUNCTION (\w+)\(/gm)].map(([, name]) => ({ file, name })),
    );
    expect(named.filter(({ file, name }) => !file.endsWith(`/${name}.sql`))).toEqual([]);
    expect([...(await definitions()).keys()].map((one) => one.split('(')[0])).toEqual(
      named.map(({ name }) => name!).toSorted(),
    );
  });

  it.each(files)('are as %s says', async (file) => {
    const migrated = await definitions();
    await client.query('BEGIN');
    try {
      await client.query(read(file));
      expect(await definitions()).toEqual(migrated);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  it.each(files)('are explained in %s, each before its text', (file) => {
    const texts = read(file).split(/(?<=\$\$;\n)\n?/);
    expect(texts.filter((text) => !/^-- \S.*\n(--.*\n)*CREATE OR REPLACE FUNCTION /.test(text))).toEqual([]);
  });
});

const read = (file: string): string => readFileSync(`src/${file}`, 'utf8');

/** Each function by its signature, as PostgreSQL writes it, without line breaks and indents. */
async function definitions(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ readonly signature: string; readonly definition: string }>(`
    SELECT oid::regprocedure::text AS signature, pg_get_functiondef(oid) AS definition FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f' ORDER BY proname COLLATE "C", 1`);
  return new Map(rows.map(({ signature, definition }) => [signature, definition.replaceAll(/\s+/g, ' ')]));
}
