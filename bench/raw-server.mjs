// @ts-check
// What a read costs without a framework, tokens and access rules: `node:http` and one named statement on `pg`.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';

/** @typedef {{ connection: import('pg').PoolConfig, prefix: string, headers: Record<string, string> }} RawOptions */

/** Starts it as a process of its own; it sends `headers` besides those that differ from answer to answer. @param {RawOptions} options */
export async function startRawServer(options) {
  const child = fork(fileURLToPath(import.meta.url), ['--child'], { execArgv: [] });
  child.send(options);
  const [port] = await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** @param {RawOptions} options */
async function serve({ connection, prefix, headers }) {
  const pool = new Pool({ ...connection, max: 10 });
  const name = 'raw-read';
  const text = `SELECT body, version, updated FROM resource_patient WHERE tenant = 1 AND type = 'Patient' AND id = $1`;
  // Fastify's time, so that the header about it is the same.
  const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
    const id = (request.url ?? '').slice(prefix.length);
    pool.query({ name, text, values: [id] }).then(
      ({ rows: [row] }) => {
        response.writeHead(row === undefined ? 404 : 200, {
          ...headers,
          'x-request-id': randomUUID(),
          etag: `W/"${row?.version}"`,
          'last-modified': row?.updated.toUTCString(),
          'content-length': Buffer.byteLength(row?.body ?? ''),
        });
        response.end(row?.body);
      },
      () => response.writeHead(500).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
}

if (process.argv[2] === '--child') {
  process.once('message', (options) => void serve(/** @type {RawOptions} */ (options)));
}
