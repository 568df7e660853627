import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { poolOf } from '../../src/database/pool-of.js';
import { InvalidRequest } from '../../src/r4/errors/fhir-error.js';
import { hashText } from '../../src/r4/search/index/token-hash.js';
import { anybody, aPatient, filter, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.write(system.create(aPatient(), 'p1'));
});
afterAll(() => storage.close());

const read = () => storage.resources.find(system.to('Patient', 'r'), 'p1');

/** Ends every other connection to this database, as a restart of PostgreSQL does. */
const endConnections = () =>
  storage.dataSource.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );

describe('a lost connection', () => {
  it('answers 503 without a word of the driver to work in progress, and later work succeeds', async () => {
    const outcome = await storage.resources
      .transaction(anybody, async (tx) => {
        await tx.write([system.update(aPatient('Lost'), 'p1')]);
        await endConnections();
        await tx.find(system.to('Patient', 'r'), 'p1');
      })
      .catch((error: unknown) => error);
    expect(outcome).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect((outcome as Error).message).not.toMatch(/terminat|connection|administrator/i);
    expect(await read()).toMatchObject({ versionId: 1 });
  });

  it('of idle connections goes unnoticed', async () => {
    await Promise.all(Array.from({ length: 10 }, read));
    await endConnections();
    // All but the one that ended the others.
    await vi.waitFor(() => expect(poolOf(storage.dataSource).totalCount).toBe(1), { timeout: 20_000 });
    for (let i = 0; i < 20; i++) expect(await read()).toMatchObject({ id: 'p1', versionId: 1 });
  });

  it('of statement after statement leaves no dead connection in the pool', async () => {
    for (let i = 0; i < 15; i++) {
      const broken = storage.resources.transaction(anybody, async (tx) => {
        await tx.find(system.to('Patient', 'r'), 'p1');
        await endConnections();
        await tx.find(system.to('Patient', 'r'), 'p1');
      });
      await expect(broken).rejects.toMatchObject({ status: 503 });
    }
    expect(await read()).toMatchObject({ id: 'p1', versionId: 1 });
  });
});

describe('text that cannot be stored', () => {
  it.each([
    ['U+0000', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud800b'],
  ])('is refused before it reaches the database: %s', async (_what, family) => {
    await expect(storage.write(system.create(aPatient(family), 'unstorable'))).rejects.toThrow(InvalidRequest);
  });

  it('is refused in ids and criteria', async () => {
    await expect(storage.resources.find(system.to('Patient', 'r'), 'a\0b')).rejects.toThrow(InvalidRequest);
    const { parameter } = filter('Patient', 'identifier', 'x');
    const byCode = { parameter, values: [{ kind: 'token', code: 'a\0b' }] as const };
    const criteria = [{ kind: 'filter', filter: byCode } as const];
    const target = { access: system.to('Patient', 's'), criteria };
    const search = storage.resources.search([target], { count: 1 }, system.searching);
    await expect(search).rejects.toThrow(InvalidRequest);
  });

  it('is not made by cutting sort keys', async () => {
    const family = '😀'.repeat(40).slice(1);
    await expect(storage.write(system.create(aPatient(`a${'😀'.repeat(40)}`), 'cut'))).resolves.toBeDefined();
    await expect(storage.write(system.create(aPatient(family), 'half'))).rejects.toThrow(InvalidRequest);
  });

  it('is not mistaken for text about it', async () => {
    const family = String.raw`\u0000 \\u0000 \ud800 "\u0000"`;
    const { body } = await storage.write(system.create(aPatient(family), 'about'));
    expect((JSON.parse(body) as { name: [{ family: string }] }).name[0].family).toBe(family);
  });
});

describe('lanyard_token', () => {
  it('computes in SQL what hashText computes', async () => {
    const entries = fc.sample(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
      200,
    );
    const rows = await storage.dataSource.query<{ hash: string }[]>(
      `SELECT lanyard_token(entry) AS hash FROM unnest($1::text[]) WITH ORDINALITY AS e (entry, n) ORDER BY n`,
      [entries],
    );
    expect(rows.map(({ hash }) => hash)).toEqual(entries.map(hashText));
  });
});
