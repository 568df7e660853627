// `lanyard import` works in a second process (docs/adr/0148)
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lines } from '../support/bulk-data.js';
import { finished, lanyardProcess, spawnLanyard } from '../support/command-line.js';
import { FileSource } from '../support/file-source.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let source: FileSource;
let folder: string;
const variables = () => ({ DATABASE_URL: database.url });
const basic = { resourceType: 'Basic', id: 'one', code: { text: 'x' } };

beforeAll(async () => {
  [database, source] = await Promise.all([freshDatabase(), FileSource.start()]);
  folder = await mkdtemp(join(tmpdir(), 'lanyard-process-'));
});
afterAll(async () => {
  await source.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

it('has the output, the remarks and the exit code of it', async () => {
  const file = join(folder, 'Basic.ndjson');
  await writeFile(file, lines(basic, { resourceType: 'Nothing' }));
  const done = await lanyardProcess(variables(), ['import', file]);
  expect(done.exitCode, done.remarks).toBe(1);
  expect(done.output).toContain('1 resources were created');
  expect(done.remarks).toContain('Basic.ndjson:2');
  expect((await lanyardProcess(variables(), ['import', file, '--batch', '0'])).exitCode).toBe(2);
}, 300_000);

/** Command lines of the children of a process. */
async function childrenOf(pid: number): Promise<readonly string[]> {
  const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
  return Promise.all(pids.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8')));
}

it.runIf(process.platform === 'linux')(
  'has the young generation, and ends with the command, also by kill -9',
  async () => {
    let hasLeft = false;
    source.files.set('silent.ndjson', (response) => {
      response.on('close', () => (hasLeft = true));
      response.writeHead(200, { 'content-length': '5000' }).write(lines(basic));
    });
    const command = await spawnLanyard(variables(), ['import', source.url('silent.ndjson')]);
    const ended = finished(command);
    await vi.waitFor(() => expect(source.asked).toContain('silent.ndjson'), { timeout: 120_000, interval: 50 });
    const children = await childrenOf(command.pid!);
    expect(children).toHaveLength(1);
    expect(children[0]).toMatch(/--max-semi-space-size=\d+/);
    command.kill('SIGKILL');
    await ended;
    await vi.waitFor(() => expect(hasLeft).toBe(true), { timeout: 30_000, interval: 50 });
  },
  120_000,
);
