import { Client, type ClientConfig, escapeLiteral } from 'pg';
import type { SentStatement } from './statements.js';

/** EXPLAIN knows no parameters: their values stand in the text. */
const withValues = ({ text, values }: SentStatement): string =>
  text.replaceAll(/\$(\d+)/g, (_, n: string) => literal(values[Number(n) - 1]));

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`;
  if (value instanceof Date) return `'${value.toISOString()}'`;
  if (Array.isArray(value))
    return escapeLiteral(`{${value.map((one) => (one === null ? 'NULL' : JSON.stringify(String(one)))).join(',')}}`);
  return escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The plan of a statement, or `failed: ` and why there is none. Nothing is run. */
export async function planOf(statement: SentStatement, connection: ClientConfig): Promise<string> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>(`EXPLAIN ${withValues(statement)}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } catch (error) {
    return `failed: ${(error as Error).message}`;
  } finally {
    await client.end();
  }
}
