import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on a port of its own with an answer for each path; other paths are redirected to a private address. */
export async function startAnsweringServer(answers: Readonly<Record<string, string>>) {
  const server = createServer(({ url = '' }, response) => {
    response.statusCode = url in answers ? 200 : 302;
    response.setHeader('location', 'http://127.0.0.1:1/');
    response.end(answers[url] ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
