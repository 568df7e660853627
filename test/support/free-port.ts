import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that systems choose for outgoing connections and for `listen(0)` (from 32768 on with Linux): one of those may be taken by a
// connection between here and the moment a server listens on it. Each process has a hundred of its own, so that two that run at once do not
// choose the same.
const perProcess = 100;
const first = 12_000 + (process.pid % 200) * perProcess;
let tried = 0;

/** A TCP port that nobody listens on and that no system chooses by itself; the same one comes again after a hundred at the earliest. */
export async function freePort(): Promise<number> {
  for (const last = tried + perProcess; tried < last;) {
    const port = first + (tried++ % perProcess);
    if (await isFree(port)) return port;
  }
  throw new Error(`all TCP ports from ${first} to ${first + perProcess - 1} are taken`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await once(probe.listen(port), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
