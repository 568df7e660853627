// What operators do about events that extensions could not be told of
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(async () => {
  await client.query('DELETE FROM outbox_event');
  // A minute ago: clocks of machines are set back now and then.
  await client.query(`
    INSERT INTO outbox_event (tenant, listener, type, id, version, interaction, due, attempts, dead, error) VALUES
      (1, '@acme/cardio/notify', 'Patient', 'p1', 1, 'create', now() - interval '1 minute', 84, true, 'Error: the queue is away'),
      (1, '@acme/cardio/notify', 'Patient', 'p1', 2, 'update', now() + interval '1 hour', 3, false, 'Error: the queue is away'),
      (1, '@acme/gone/notify', 'Basic', 'b1', 1, 'create', now() - interval '1 minute', 0, false, NULL)`);
});

const run = (...args: string[]) => lanyard({ DATABASE_URL: database.url }, ['outbox', ...args]);

async function stored(): Promise<readonly string[]> {
  const { rows } = await client.query<{ event: string }>(
    `SELECT concat_ws(' ', listener, type || '/' || id, version, CASE WHEN dead THEN 'dead' WHEN due <= now() THEN 'due' ELSE 'later' END)
      AS event FROM outbox_event ORDER BY 1`,
  );
  return rows.map(({ event }) => event);
}

describe('lanyard outbox', () => {
  it('lists how many wait and are dead by hook, and the dead letters with their failure', async () => {
    const { exitCode, output } = await run('list');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/@acme\/cardio\/notify +1 +1 +\d+ s/);
    expect(output).toMatch(/@acme\/gone\/notify +1 +0/);
    expect(output).toMatch(/Patient\/p1\/_history\/1 +create +84 +dead +Error: the queue is away/);
    expect(output).not.toContain('_history/2');
    const all = JSON.parse((await run('list', '--waiting', '--json')).output);
    expect(all.events).toHaveLength(3);
    expect(all.events[0]).toMatchObject({ listener: '@acme/cardio/notify', versionId: 1, isDead: true });
  });

  it('sends dead letters again, those that wait only when it is told to', async () => {
    expect((await run('resend', '--hook', '@acme/cardio/notify')).output).toContain('1 events are due now.');
    expect(await stored()).toEqual([
      '@acme/cardio/notify Patient/p1 1 due',
      '@acme/cardio/notify Patient/p1 2 later',
      '@acme/gone/notify Basic/b1 1 due',
    ]);
    expect((await run('resend', '--waiting', '--resource', 'Patient/p1')).output).toContain('2 events are due now.');
    expect((await stored()).filter((event) => event.endsWith('later'))).toEqual([]);
  });

  it('removes dead letters, and what waits for an extension that is gone', async () => {
    expect((await run('discard', '--all')).output).toContain('1 events are removed.');
    expect((await run('discard', '--waiting', '--hook', '@acme/gone/notify')).output).toContain(
      '1 events are removed.',
    );
    expect(await stored()).toEqual(['@acme/cardio/notify Patient/p1 2 later']);
  });

  it('writes down who did it', async () => {
    await run('discard', '--resource', 'Patient/p1');
    const { rows } = await client.query<{ entry: string }>('SELECT entry FROM audit_record');
    expect(rows.some(({ entry }) => entry.includes('lanyard outbox discard') && entry.includes('Patient/p1'))).toBe(
      true,
    );
  });

  it('changes nothing unless it is told of what', async () => {
    const before = await stored();
    for (const args of [
      ['resend'],
      ['discard', '--waiting'],
      ['discard', '--resource', 'p1'],
      ['resend', '--resource', 'Patients/p1'],
      ['discard', '--resource', "Patient/p1' OR true"],
    ]) {
      const { exitCode, remarks } = await run(...args);
      expect(exitCode, args.join(' ')).toBe(2);
      expect(remarks).toMatch(/--resource|--hook/);
    }
    expect(await stored()).toEqual(before);
  });
});
