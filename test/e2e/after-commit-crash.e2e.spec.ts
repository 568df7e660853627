// docs/adr/0063-an-outbox-for-what-follows-a-commit.md: `kill -9` of one of two servers while 1,000 events are under way
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExtensionFolder } from '../support/extension-folder.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { callFhir, ServerProcess } from '../support/server-process.js';

const resources = 50;
const versions = 20;

/** Writes down each event that it is told of. One of seven attempts fails. */
const recorder = `
import { appendFile } from 'node:fs/promises';
import { FhirModule } from 'lanyard-fhir/fhir';
class Record {
  name = 'record';
  types = ['Basic'];
  async afterCommit({ id, versionId, attempt, resource }) {
    if (attempt === 1 && (versionId * 31 + Number(id.slice(1))) % 7 === 0) throw new Error('not yet');
    await new Promise((resolve) => setTimeout(resolve, 2));
    await appendFile(process.env.EVENTS_FILE, id + ' ' + versionId + ' ' + resource.code.text + '\\n');
  }
}
export default { module: class Recorder {}, imports: [FhirModule.forFeature({ name: 'recorder', hooks: [Record] })] };
`;

let folder: ExtensionFolder;
let database: FreshDatabase;
let client: pg.Client;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  folder = await ExtensionFolder.make();
  await folder.install('recorder', recorder);
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  await client.end();
  await database.drop();
  await folder.remove();
});

async function start(): Promise<ServerProcess> {
  const server = await ServerProcess.start(database, {
    EXTENSIONS: join(folder.path, 'node_modules', 'recorder'),
    EVENTS_FILE: join(folder.path, 'events'),
  });
  running.add(server);
  return server;
}

/** Version `n` of all resources, in one transaction. */
const transaction = (n: number): object => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: resources }, (_, i) => ({
    request: { method: 'PUT', url: `Basic/r${i}` },
    resource: { resourceType: 'Basic', id: `r${i}`, code: { text: `content-${n}` } },
  })),
});

interface Told {
  readonly id: string;
  readonly version: number;
  readonly content: string;
}

async function toldEvents(): Promise<readonly Told[]> {
  const text = await readFile(join(folder.path, 'events'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string, string])
    .map(([id, version, content]) => ({ id, version: Number(version), content }));
}

async function storedVersions(): Promise<readonly string[]> {
  const { rows } = await client.query<{ version: string }>(`
    SELECT id || ' ' || version || ' ' || (body::json #>> '{code,text}') AS version FROM resource WHERE type = 'Basic'
    UNION ALL SELECT id || ' ' || version || ' ' || (body::json #>> '{code,text}') FROM resource_history WHERE type = 'Basic'`);
  return rows.map(({ version }) => version);
}

describe('kill -9 of a server while events are under way', () => {
  it('loses none of 1,000: each is delivered, with its content, those of a resource in order', async () => {
    const [dying, staying] = await Promise.all([start(), start()]);
    const { access } = await staying.logIn();
    const send = (to: ServerProcess, n: number) =>
      callFhir(to.base, { method: 'POST', path: '', token: access, body: transaction(n) });
    for (let n = 1; n <= versions; n++) {
      if (n === versions / 2) {
        // It may be stored without an answer.
        const unanswered = send(dying, 0).catch(() => undefined);
        await delay(Math.random() * 100);
        await dying.kill('SIGKILL');
        running.delete(dying);
        await unanswered;
      }
      const answer = await send(n < versions / 2 && n % 2 === 0 ? dying : staying, n);
      expect(answer.status).toBe(200);
    }
    const again = await start();
    await vi.waitFor(
      async () => {
        const { rows } = await client.query<{ waiting: number }>(
          'SELECT count(*)::integer AS waiting FROM outbox_event',
        );
        expect(rows).toEqual([{ waiting: 0 }]);
      },
      { timeout: 120_000, interval: 250 },
    );
    const told = await toldEvents();
    const stored = await storedVersions();
    expect(stored.length).toBeGreaterThanOrEqual(resources * versions);
    expect(new Set(told.map(({ id, version, content }) => `${id} ${version} ${content}`))).toEqual(new Set(stored));
    for (let i = 0; i < resources; i++) {
      const first = new Set(told.filter(({ id }) => id === `r${i}`).map(({ version }) => version));
      expect([...first], `r${i}`).toEqual([...first].toSorted((one, other) => one - other));
    }
    for (const server of [staying, again]) await server.kill('SIGTERM');
    running.clear();
  }, 240_000);
});
