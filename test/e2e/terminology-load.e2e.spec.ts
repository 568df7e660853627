// Releases of code systems that the command loads into tables of concepts (docs/adr/0082)
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lanyard, spawnLanyard } from '../support/command-line.js';
import { startServer, type TestServer } from '../support/server.js';

const system = 'http://loaded.example/CodeSystem/animals';
const head = {
  resourceType: 'CodeSystem',
  url: system,
  version: '1',
  name: 'Animals',
  status: 'active',
  content: 'complete',
  property: [{ code: 'legs', type: 'integer' }],
};
const concepts = [
  { code: 'animal', display: 'Animal' },
  {
    code: 'dog',
    display: 'Dog',
    property: [
      { code: 'parent', valueCode: 'animal' },
      { code: 'legs', valueInteger: 4 },
    ],
  },
  {
    code: 'puppy',
    display: 'Puppy',
    designation: [{ language: 'de', value: 'Welpe' }],
    property: [{ code: 'parent', valueCode: 'dog' }],
  },
];
const ndjson = (...lines: readonly object[]): string => lines.map((line) => JSON.stringify(line)).join('\n');

let folder: string;
let server: TestServer;
let client: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'releases-'));
  server = await startServer();
  client = new Client(server.database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const run = (...args: readonly string[]) => lanyard({ DATABASE_URL: server.database.url }, ['terminology', ...args]);

describe('lanyard terminology', () => {
  it('loads NDJSON of concepts, lists it and takes it out', async () => {
    const path = await file('animals.ndjson.gz', gzipSync(ndjson(head, ...concepts)));
    const { exitCode: code, output: stdout, remarks: stderr } = await run('load', path);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Loaded ${system}|1: 3 concepts`)]);
    expect(stderr).not.toContain('lead to codes');
    const { rows } = await client.query(
      'SELECT code, below, ancestors, words, keys FROM terminology_concept ORDER BY concept',
    );
    expect(rows).toEqual([
      { code: 'animal', below: 2, ancestors: [], words: [' animal ', ' animal '], keys: [] },
      { code: 'dog', below: 1, ancestors: [1], words: [' dog ', ' dog '], keys: ['legs=4'] },
      { code: 'puppy', below: 0, ancestors: [2, 1], words: [' puppy ', ' puppy ', ' welpe '], keys: [] },
    ]);
    expect((await run('list')).output).toMatch(/animals\|1 +ndjson +3/);
    expect((await run('remove', system)).exitCode).toBe(0);
    const left = await client.query('SELECT FROM terminology_concept UNION ALL SELECT FROM terminology_posting');
    expect(left.rowCount).toBe(0);
  });

  it('gives it the version that is named', async () => {
    const path = await file('named.ndjson', ndjson(head, ...concepts));
    const { exitCode, output } = await run('load', path, '--version', '2');
    expect([exitCode, output]).toEqual([0, expect.stringContaining(`Loaded ${system}|2: 3 concepts`)]);
    expect((await run('remove', system)).exitCode).toBe(0);
  });

  it('remarks in one line that a supplement is for a version that is not loaded', async () => {
    const base = await file('base.ndjson', ndjson(head, ...concepts));
    const supplement = async (supplements: string) => {
      const lines = ndjson({ ...head, url: `${system}/nl`, content: 'supplement', supplements }, concepts[1]!);
      const { exitCode, remarks } = await run('load', await file('nl.ndjson', lines));
      return [exitCode, remarks.split('\n').filter((line) => line.includes('supplement'))];
    };
    const remarkOf = (named: string, present: string) => [
      `It is a supplement of ${named}, and ${present}: it adds nothing until that version is loaded, or its "supplements" is corrected.`,
    ];
    expect(await supplement(system)).toEqual([0, remarkOf(system, 'that code system is not loaded')]);
    expect((await run('load', base)).exitCode).toBe(0);
    expect(await supplement(`${system}|2`)).toEqual([0, remarkOf(`${system}|2`, `loaded is ${system}|1`)]);
    for (const named of [system, `${system}|1`]) expect(await supplement(named)).toEqual([0, []]);
    for (const loaded of [system, `${system}/nl`]) expect((await run('remove', loaded)).exitCode).toBe(0);
  });

  it.each([
    [
      'a supplement of nothing',
      's.json',
      JSON.stringify({ ...head, content: 'supplement' }),
      /s\.json: the CodeSystem is a supplement and does not say by "supplements"/,
    ],
    ['no JSON', 'x.json', '{"a":', /x\.json is no JSON: /],
    [
      'no CodeSystem',
      'y.json',
      '{"resourceType":"ValueSet"}',
      /y\.json is no CodeSystem: its resourceType is "ValueSet"/,
    ],
    ['a code twice', 'z.ndjson', ndjson(head, concepts[0]!, concepts[0]!), /z\.ndjson has the code "animal" twice/],
    [
      'a circle',
      'c.ndjson',
      ndjson(
        head,
        { code: 'a', property: [{ code: 'parent', valueCode: 'b' }] },
        { code: 'b', property: [{ code: 'parent', valueCode: 'a' }] },
      ),
      /c\.ndjson has a circle in its hierarchy: (a is below b is below a|b is below a is below b)/,
    ],
    ['a line without a code', 'w.ndjson', ndjson(head, { display: 'x' }), /w\.ndjson, line 2: a concept has no code/],
    ['nothing', 'e.ndjson', '', /e\.ndjson is empty/],
    ['an unknown kind', 'a.xlsx', 'x', /a\.xlsx is none of the releases/],
  ])('says in one line what is wrong with %s', async (_what, name, content, line) => {
    const { exitCode: code, remarks: stderr } = await run('load', await file(name, content));
    expect([code, stderr.trim()]).toEqual([1, expect.stringMatching(line)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect((await client.query('SELECT FROM terminology_posting')).rowCount).toBe(0);
  });

  it('leaves what was there before when it is killed, and loads all when it is run again', async () => {
    const count = 60_000;
    const many = Array.from({ length: count }, (_, i) => ({
      code: `c${i}`,
      display: `Concept number ${i}`,
      // Upwards and downwards in the file, so that most links name a code that comes later.
      ...(i > 0 && { property: [{ code: 'parent', valueCode: i % 2 ? 'c0' : `c${(i * 7) % i}` }] }),
    }));
    expect((await run('load', await file('few.ndjson', ndjson(head, ...concepts)))).exitCode).toBe(0);
    const path = await file('many.ndjson', ndjson(head, ...many));
    const child = await spawnLanyard({ DATABASE_URL: server.database.url }, ['terminology', 'load', path]);
    const ended = once(child, 'exit');
    await until(async () => (await loading()) > 0);
    child.kill('SIGKILL');
    expect((await ended)[1]).toBe('SIGKILL');
    await until(async () => (await loading()) === 0);
    const left = 'SELECT code FROM terminology_concept ORDER BY concept';
    expect((await client.query(left)).rows).toEqual(concepts.map(({ code }) => ({ code })));
    expect(JSON.parse((await run('list', '--json')).output)).toEqual([expect.objectContaining({ concepts: 3 })]);
    const answer = await server.call('GET', `CodeSystem/$lookup?system=${system}&code=puppy`, {
      token: server.token('user/*.rs'),
    });
    expect(answer.status).toBe(200);

    const { exitCode, remarks } = await run('load', path);
    expect([exitCode, remarks]).toEqual([0, expect.stringContaining(`${count} of ${count} concepts are stored`)]);
    const { rows } = await client.query(
      'SELECT count(*)::integer AS count, count(DISTINCT code)::integer AS codes, max(below) AS below FROM terminology_concept',
    );
    expect(rows).toEqual([{ count, codes: count, below: count - 1 }]);
    expect((await run('remove', system)).exitCode).toBe(0);
  });
});

/** Connections that write concepts. */
async function loading(): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state <> 'idle' AND query ~ '^\\s*COPY terminology_'`,
  );
  return rowCount ?? 0;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (await isSo()) return;
    await delay(20);
  }
  throw new Error('It did not come to that within a minute.');
}
