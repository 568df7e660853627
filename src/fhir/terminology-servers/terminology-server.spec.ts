import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServerAway, TerminologyServer } from './terminology-server.js';

let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;
let requests = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests++;
    answer(response);
  });
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => (requests = 0));

const serverOf = () => new TerminologyServer({ url, timeout: 10_000, keep: 60 });

/** Answers and errors to so many different questions that are asked at the same time. */
const askAll = (count: number) => {
  const asked = serverOf();
  return Promise.allSettled(
    Array.from({ length: count }, (_, i) => asked.ask({ path: `CodeSystem/$lookup?code=${i}` })),
  );
};

const answered = (response: ServerResponse) => void response.end('{"resourceType":"Parameters"}');

describe('many questions at the same time', () => {
  it('wait for their turn: 32 are open', async () => {
    const open: ServerResponse[] = [];
    let mostOpen = 0;
    answer = (response) => {
      mostOpen = Math.max(mostOpen, open.push(response));
      // None is answered before 32 are open, and a 33rd has some time to come.
      if (open.length === 32) setTimeout(() => open.splice(0).forEach(answered), 50);
    };
    const answers = await askAll(160);
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect([requests, mostOpen]).toEqual([160, 32]);
  });

  it('are refused beyond 128 that wait', async () => {
    answer = answered;
    const refused = (await askAll(200)).filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(40);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(ServerAway);
    expect(requests).toBe(160);
  });

  it('are not sent where those before them have failed', async () => {
    answer = (response) => void response.destroy();
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const answers = await askAll(160);
    warned.mockRestore();
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(requests).toBeLessThan(100);
  });
});
