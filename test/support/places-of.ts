import type { PoolConfig } from 'pg';
import { rowsOf } from './connection.js';

/** Names of the tables that have a row with the text, or with its bytes, as a dump of the database would show it. */
export async function placesOf(connection: PoolConfig, text: string): Promise<readonly string[]> {
  const tables = await rowsOf<{ name: string }>(
    connection,
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`,
  );
  const hex = Buffer.from(text).toString('hex');
  const places: string[] = [];
  for (const { name } of tables) {
    const [found] = await rowsOf<{ rows: number }>(
      connection,
      `SELECT count(*)::int AS rows FROM ${name} AS one WHERE strpos(one::text, '${text}') > 0 OR strpos(one::text, '${hex}') > 0`,
    );
    if (found!.rows > 0) places.push(name);
  }
  return places;
}
