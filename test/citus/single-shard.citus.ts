// docs/adr/0069-tenants-spread-over-nodes-by-citus.md: what a request needs is asked of the node of its tenant alone
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';
import { planOf } from '../support/plan-of.js';
import { collectStatements, type SentStatement } from '../support/statements.js';
import { useEverything } from '../support/use-everything.js';

let server: TestServer;
let statements: readonly SentStatement[];
beforeAll(async () => {
  server = await startServer();
  const collected = collectStatements();
  await useEverything(server);
  collected.stop();
  const byText = new Map(collected.statements.map((statement) => [statement.text, statement]));
  statements = [...byText.values()].filter(({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text));
});
afterAll(() => server.close());

/** Rows that come as JSON or as texts are selected by the coordinator, which holds the lock of the fence, and stored by the node. */
const isStoredFromHere = (plan: string): boolean => /INSERT\/SELECT method: pull to coordinator/.test(plan);

/** What plans and cleans up long work is no request: its rows go by way of the coordinator. */
const ofJobs = (text: string): boolean => /\b(?:INSERT INTO|DELETE FROM) job(?:_chunk|_file)?\b/.test(text);

/** How many tasks nodes get; none where the node that is asked answers by itself. */
async function tasksOf(statement: SentStatement): Promise<number | string> {
  const plan = await planOf(statement, { ...server.database.connection, port: statement.port });
  if (plan.startsWith('failed: ')) return plan;
  if (isStoredFromHere(plan)) return 'stored';
  return Math.max(0, ...[...plan.matchAll(/Task Count: (\d+)/g)].map(([, count]) => Number(count)));
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
      counted(0).filter(
        (text) =>
          !text.includes('pg_dist_placement') &&
          /\b(from|join|into|update) "?(resource|oauth|user_account|audit|login)/i.test(text),
      ),
    ).toEqual([]);
  });
});
