// What a server has in memory before anybody asked it anything (docs/adr/0158, docs/adr/0168)
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readSetup } from '../../src/app/extensions/read-setup.js';
import { openLog } from '../../src/app/start/process-parts.js';
import { Server } from '../../src/app/start/start.js';
import { builtModules } from '../support/built-source.js';
import { freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const megabyte = 1024 * 1024;
let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.kill();
});

// Other systems count resident memory in other ways.
it.runIf(process.platform === 'linux')('a server that has just started has at most 180 MB resident', async () => {
  const database = await freshDatabase();
  // As `lanyard start` and the image have it, with the modules as the package has them.
  const program = join(await builtModules(), 'main.js');
  server = await ServerProcess.spawn(database, { MALLOC_TRIM_THRESHOLD_: '131072' }, program);
  await server.listens();
  expect(server.memory()).toBeLessThanOrEqual(180 * megabyte);
});

it('memory is given back again after the look around that each start ends with', async () => {
  const { url } = await freshDatabase();
  const environment = { DATABASE_URL: url, ADMIN_PASSWORD: 'test-admin-password', LOGIN: 'on', LOG_LEVEL: 'silent' };
  const { config } = await readSetup({ ...environment, HOST: '127.0.0.1', PORT: '0' });
  const inProcess = new Server(config, openLog(config), () => undefined);
  let times = 0;
  try {
    await inProcess.start(() => Promise.resolve(void times++));
    expect(times).toBe(1);
    await expect.poll(() => times, { timeout: 30_000 }).toBe(2);
  } finally {
    await inProcess.stop();
  }
});
