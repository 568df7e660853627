// docs/adr/0069-tenants-spread-over-nodes-by-citus.md: what a request needs is asked of the node of its tenant alone
import { Client, escapeLiteral } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';
import { collectStatements, type SentStatement } from '../support/statements.js';
import { useEverything } from '../support/use-everything.js';

let server: TestServer;
let statements: readonly SentStatement[];
let client: Client;
beforeAll(async () => {
  server = await startServer();
  const collected = collectStatements();
  await useEverything(server);
  collected.stop();
  const byText = new Map(collected.statements.map((statement) => [statement.text, statement]));
  statements = [...byText.values()].filter(({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text));
  client = new Client(server.database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.close();
});

/** Rows that come as JSON or as texts are selected by the coordinator, which holds the lock of the fence, and stored by the node. */
const isStoredFromHere = (plan: string): boolean => /INSERT\/SELECT method: pull to coordinator/.test(plan);

/** What plans and cleans up long work is no request: its rows go by way of the coordinator. */
const ofJobs = (text: string): boolean => /\b(?:INSERT INTO|DELETE FROM) job(?:_chunk|_file)?\b/.test(text);

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

/** How many tasks nodes get; none where the coordinator answers by itself. */
async function tasksOf(statement: SentStatement): Promise<number | string> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ readonly 'QUERY PLAN': string }>(`EXPLAIN ${withValues(statement)}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    if (isStoredFromHere(plan)) return 'stored';
    return Math.max(0, ...[...plan.matchAll(/Task Count: (\d+)/g)].map(([, count]) => Number(count)));
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('every statement of a request', () => {
  it('is one task of one node', async () => {
    const tasks = new Map<string, number | string>();
    for (const statement of statements) tasks.set(statement.text, await tasksOf(statement));
    const counted = (wanted: number | string) =>
      [...tasks].filter(([, count]) => count === wanted).map(([text]) => text);
    expect([...tasks].filter(([, count]) => ![0, 1, 'stored'].includes(count))).toEqual([]);
    expect(counted(1).length).toBeGreaterThan(30);
    expect(
      counted('stored').filter(
        (text) => !/ FROM (?:ROWS FROM \()?(?:json_to_recordset|string_to_table|unnest)\(/.test(text) && !ofJobs(text),
      ),
    ).toEqual([]);
    // Locks, times and what else is of no table.
    expect(
      counted(0).filter((text) => /\b(from|join|into|update) "?(resource|oauth|user_account|audit|login)/i.test(text)),
    ).toEqual([]);
  });
});
