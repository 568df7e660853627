// Servers that nobody asks cost one statement a poll, however many they are (docs/adr/0130)
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectStatements } from '../support/statements.js';
import { startTenants, type TenantsServer, until } from '../support/tenants.js';

let server: TenantsServer;
beforeAll(async () => {
  server = await startTenants({ LOG_LEVEL: 'silent' });
  await server.createAll(Array.from({ length: 8 }, (_, i) => `north-${i}`));
}, 180_000);
afterAll(() => server.close());

const isPoll = (text: string): boolean => text.startsWith('SELECT tenant, subject, state');
/** Of the process: which tenants there are, what work they have, statistics of tables, and a sign of life every ten seconds. */
const ofProcess = [
  / server_process |FROM migration WHERE/,
  / FROM tenant WHERE generation > /,
  /tenant_work|^SELECT DISTINCT tenant FROM/,
  /pg_stat_user_tables/,
];
/** Whose work the next statement is, where a role owns nothing. */
const isBinding = (text: string): boolean => text.includes(`set_config('lanyard.tenant'`);

it('eight idle tenants are asked about by one statement a poll, and by no other again and again', async () => {
  const { statements, stop } = collectStatements();
  const polls = () => statements.filter(({ text }) => isPoll(text));
  const repeated = () => {
    const others = statements
      .filter(({ text }) => !isPoll(text) && !isBinding(text) && !ofProcess.some((one) => one.test(text)))
      // The tenant is a number among the values; once an hour each removes what is old.
      .map(({ text, values }) => `${text} ${JSON.stringify(values.filter((one) => typeof one === 'number'))}`);
    return others.filter((one, i) => others.indexOf(one) !== i);
  };
  try {
    // What was asked for before is sealed and told of first.
    await until(async () => {
      statements.length = 0;
      await until(async () => polls().length >= 6);
      return repeated().length === 0;
    });
    // Eight, and that of the operator.
    for (const { values } of polls()) expect((values[0] as number[]).length).toBe(9);
  } finally {
    stop();
  }
}, 120_000);
