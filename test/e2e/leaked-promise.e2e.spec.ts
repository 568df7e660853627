// docs/adr/0062-hooks-narrow-refuse-or-add.md: an extension that leaks a promise, in a server process of its own
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExtensionFolder } from '../support/extension-folder.js';
import { freePort } from '../support/free-port.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

/** Waits for nothing, and fails when the write is long over. */
const leaky = `
import { FhirModule } from 'lanyard-fhir/fhir';
class Leaks {
  name = 'leaks';
  types = ['Basic'];
  afterWrite() {
    setTimeout(() => Promise.reject(new Error('nobody waits for me')), 10);
  }
}
export default { module: class Leaky {}, imports: [FhirModule.forFeature({ name: 'leaky', hooks: [Leaks] })] };
`;

let folder: ExtensionFolder;
let database: FreshDatabase;
let server: ServerProcess;
beforeAll(async () => {
  folder = await ExtensionFolder.make();
  await folder.install('leaky', leaky);
  database = await freshDatabase();
}, 60_000);
afterAll(async () => {
  await server?.kill();
  await database?.drop();
  await folder?.remove();
});

describe('a promise that an extension leaks', () => {
  it('ends no process: it is logged and counted, and requests go on', async () => {
    const port = await freePort();
    const EXTENSIONS = join(folder.path, 'node_modules', 'leaky');
    server = await ServerProcess.start(database, { EXTENSIONS, METRICS_PORT: String(port) });
    const { access } = await server.logIn();
    const post = () => server.call('POST', 'Basic', access, { resourceType: 'Basic', code: { text: 'x' } });
    expect((await post()).status).toBe(201);
    await vi.waitFor(() => expect(server.said).toContain('nobody waits for me'), { timeout: 10_000 });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/^lanyard_leaked_rejections_total 1$/m);
    expect((await post()).status).toBe(201);
    expect(await server.kill('SIGTERM')).toBe(0);
  }, 120_000);
});
