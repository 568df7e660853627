// @ts-check
// Sends requests as cheaply as it can: a client that parses answers would be busier than the server that refuses them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * `perSecond` requests for so many `seconds`, with one of the tokens each; with a `body` they post it.
 * @typedef {{ port: number, path: string, tokens: string[], perSecond: number, seconds: number, connections: number, body?: string }} Flood
 */
/** `statuses`: how many answers had which. @typedef {{ seconds: number, answers: number, statuses: Record<string, number> }} Flooded */

/** It runs as a process of its own and ends by itself. @param {Flood} flood @returns {Promise<Flooded>} */
export async function sendFlood(flood) {
  const child = fork(fileURLToPath(import.meta.url), ['--child'], { execArgv: [] });
  const timer = setTimeout(() => child.kill('SIGKILL'), flood.seconds * 5000);
  try {
    child.send(flood);
    const [result] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('The flood ended early.');
      }),
    ]);
    return result;
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

/** @param {Flood} flood @returns {Promise<Flooded>} */
async function run({ port, path, tokens, perSecond, seconds, connections, body }) {
  const method = body === undefined ? 'GET' : 'POST';
  const sent =
    body === undefined
      ? '\r\n'
      : `content-type: application/fhir+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const requests = tokens.map((token) =>
    Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n${sent}`),
  );
  /** @type {Record<string, number>} */
  const statuses = {};
  const counted = { sent: 0, answers: 0 };
  const from = performance.now();
  const elapsed = () => (performance.now() - from) / 1000;
  const open = () => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    socket.on('error', () => undefined);
    const isWhole = answerReader((status) => (statuses[status] = (statuses[status] ?? 0) + 1));
    socket.on('data', (data) => {
      if (!isWhole(data)) return;
      counted.answers++;
      idle.push(socket);
    });
    // A server that has not read a body ends the connection, with an answer or without.
    socket.on('close', () => {
      const place = idle.indexOf(socket);
      if (place === -1) counted.sent--;
      else idle.splice(place, 1);
      idle.push(open());
    });
    return socket;
  };
  /** @type {import('node:net').Socket[]} */
  const idle = [];
  idle.push(...Array.from({ length: connections }, open));
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  while (elapsed() < seconds) {
    while (idle.length > 0 && counted.sent < elapsed() * perSecond) {
      idle.pop()?.write(requests[counted.sent++ % requests.length] ?? '');
    }
    await sleep(1);
  }
  const took = elapsed();
  // The last answers are on their way.
  for (let i = 0; i < 1000 && counted.answers < counted.sent; i++) await sleep(5);
  return { seconds: took, answers: counted.answers, statuses };
}

/**
 * Returns what tells of the pieces of answers, one after the other, whether the answer is whole; its head comes in one piece.
 * @param {(status: string) => unknown} began
 */
function answerReader(began) {
  let left = 0;
  return (/** @type {Buffer} */ data) => {
    if (left === 0) {
      began(data.toString('latin1', 9, 12));
      const end = data.indexOf('\r\n\r\n') + 4;
      const length = /^content-length: (\d+)/im.exec(data.toString('latin1', 0, end))?.[1];
      // Without a length it comes in chunks.
      left = length === undefined ? Infinity : end + Number(length);
    }
    if (left === Infinity) left = data.subarray(-5).toString('latin1') === '0\r\n\r\n' ? 0 : Infinity;
    else left -= data.length;
    return left === 0;
  };
}

if (process.argv[2] === '--child' && process.send) {
  process.once('message', (flood) => {
    void run(/** @type {Flood} */ (flood)).then((result) => process.send?.(result));
  });
}
