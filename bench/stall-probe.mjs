// @ts-check
// Loaded into the server under measurement (--import): how long its event loop was busy at a stretch, and how many
// statements it sent to PostgreSQL. Answers on a socket in the data folder, and starts again.
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { probeSocket } from './probe-socket.mjs';

let longest = 0;
let statements = 0;
let last = process.cpuUsage();
let seen = performance.now();

// A stretch counts by the CPU it took: the machine may have had other things to do.
setInterval(() => {
  const now = performance.now();
  const { user, system } = process.cpuUsage(last);
  longest = Math.max(longest, Math.min(now - seen, (user + system) / 1000));
  last = process.cpuUsage();
  seen = now;
}, 2).unref();

/** Text of a statement, without its values: to write them would itself be a stall. @param {unknown} asked */
const textOf = (asked) =>
  typeof asked === 'string' ? asked : (/** @type {{ text?: string } | undefined} */ (asked)?.text ?? '');

const client = /** @type {{ query: (this: unknown, ...args: unknown[]) => unknown }} */ (pg.Client.prototype);
const { query } = client;
/** @this {unknown} @param {unknown[]} args */
client.query = function (...args) {
  if (textOf(args[0]).includes('resource')) statements++;
  return Reflect.apply(query, this, args);
};

const folder = process.env['DATA_DIR'];
if (folder !== undefined) {
  createServer((connection) => {
    connection.on('error', () => undefined).end(JSON.stringify({ longest, statements }));
    longest = 0;
    statements = 0;
  })
    .listen(join(folder, probeSocket))
    .unref();
}
