// What a server has in memory before anybody asked it anything (docs/adr/0158)
import { afterEach, expect, it } from 'vitest';
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
  // As `lanyard start` and the image have it.
  server = await ServerProcess.start(database, { MALLOC_TRIM_THRESHOLD_: '131072' });
  expect(server.memory()).toBeLessThanOrEqual(180 * megabyte);
});
