// Random sequences of writes, alone and in Bundles, whose answers have to be those of a naive model (https://hl7.org/fhir/R4/http.html)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';
import { Caller } from './writes/caller.js';
import { sequenceOf } from './writes/drawn-writes.js';
import { Session } from './writes/session.js';

/**
 * Each run has a seed of its own, and a failure tells it. They are the same each time, so that what fails is the change's fault; WRITES_SEED and
 * WRITES_RUNS (with each of the settings) ask others.
 */
const first = Number(process.env['WRITES_SEED'] ?? 1);
const runs = Number(process.env['WRITES_RUNS'] ?? 5);

/** What takes other ways through the server. */
const settings: readonly Readonly<Record<string, string>>[] = [
  {},
  { AUDIT: 'off', VALIDATION: 'structure' },
  { TENANTS: 'path' },
];

describe.runIf(isFull).each(settings)('random writes (by npm run test:full) with %j', (variables) => {
  const place = settings.indexOf(variables);
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(variables);
  });
  afterAll(() => server?.close());

  async function run(seed: number): Promise<Error | undefined> {
    // May choose ids.
    const caller = new Caller(server, server.token('user/*.cruds', { own_ids: true }));
    const session = new Session(caller, `r${seed}`);
    try {
      for (const step of sequenceOf(seed * settings.length + place)) await session.send(step);
      await session.finish();
      return undefined;
    } catch (error) {
      return new Error(`WRITES_SEED=${seed} WRITES_RUNS=1 ${String(error)}\nafter\n${caller.last(4)}`, {
        cause: error,
      });
    }
  }

  it('are answered as the model says', { timeout: 3_600_000 }, async () => {
    const different: string[] = [];
    for (let seed = first; seed < first + runs && different.length < 3; seed++) {
      const error = await run(seed);
      if (error) different.push(error.message);
    }
    expect(different.join('\n\n')).toBe('');
  });
});
