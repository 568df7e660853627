// docs/adr/0061-operations-declared-once.md: `kill -9` of the server that carries a call out; another one takes it over
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExtensionFolder } from '../support/extension-folder.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { callFhir, ServerProcess } from '../support/server-process.js';

/** Writes down which process begins. A call with `hold` ends in the second process that has it. */
const longWork = `
import { appendFile, readFile } from 'node:fs/promises';
import { FhirModule } from 'lanyard-fhir/fhir';
const declaration = {
  code: 'long-work', level: ['system'], affectsState: true, async: true, access: 'any-token', documentation: 'Takes long.',
  parameters: [{ name: 'name', type: 'string', min: 1, documentation: 'Of the work.' }],
};
class LongWork {
  declaration = declaration;
  async run({ parameters: { name }, progress }) {
    await appendFile(process.env.WORK_FILE, name + ' ' + process.pid + '\\n');
    progress('at work');
    const begun = (await readFile(process.env.WORK_FILE, 'utf8')).split('\\n').filter((line) => line.startsWith(name + ' '));
    if (begun.length === 1) await new Promise(() => setInterval(() => undefined, 1000));
    return { resourceType: 'Parameters', parameter: [{ name: 'pid', valueString: String(process.pid) }] };
  }
}
export default { module: class Long {}, imports: [FhirModule.forFeature({ name: 'long', operations: [LongWork] })] };
`;

let folder: ExtensionFolder;
let database: FreshDatabase;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  folder = await ExtensionFolder.make();
  await folder.install('long', longWork);
  database = await freshDatabase();
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  await database.drop();
  await folder.remove();
});

const workFile = (): string => join(folder.path, 'work');

async function start(): Promise<ServerProcess> {
  const server = await ServerProcess.start(database, {
    EXTENSIONS: join(folder.path, 'node_modules', 'long'),
    WORK_FILE: workFile(),
  });
  running.add(server);
  return server;
}

const pidsOf = async (name: string): Promise<readonly number[]> =>
  (await readFile(workFile(), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => Number(line.split(' ')[1]));

describe('kill -9 of the server that carries a call out', () => {
  it('lets another one begin it again, once, and its caller reads that answer', async () => {
    const servers = await Promise.all([start(), start()]);
    const { access: token } = await servers[0].logIn();
    const body = { resourceType: 'Parameters', parameter: [{ name: 'name', valueString: 'first' }] };
    const sent = { method: 'POST', path: '$long-work', token, body, headers: { prefer: 'respond-async' } };
    const started = await callFhir(servers[0].base, sent);
    expect(started.status).toBe(202);
    const place = new URL(started.headers.get('content-location')!);
    await vi.waitFor(async () => expect(await pidsOf('first')).toHaveLength(1), { timeout: 20_000, interval: 50 });
    const [owner] = await pidsOf('first');
    const dying = servers.find(({ pid }) => pid === owner)!;
    const staying = servers.find(({ pid }) => pid !== owner)!;
    await dying.kill('SIGKILL');
    running.delete(dying);
    const ask = () => callFhir(staying.base, { method: 'GET', path: `$job-status${place.search}`, token });
    // Its lease lasts a few seconds more: until then nobody else has it.
    expect((await ask()).status).toBe(202);
    const answer = await vi.waitFor(
      async () => {
        const asked = await ask();
        expect(asked.status).toBe(200);
        return asked;
      },
      { timeout: 30_000, interval: 1200 },
    );
    expect(answer.body.parameter).toEqual([{ name: 'pid', valueString: String(staying.pid) }]);
    expect(await pidsOf('first')).toEqual([owner, staying.pid]);
  }, 120_000);
});
