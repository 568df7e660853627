import type { FastifyReply } from 'fastify';
import { varyOfFhir } from './answer.js';

/** Text to read, never markup: it repeats claims of strangers. */
export function plainText(reply: FastifyReply, text: string): void {
  void reply
    .headers({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: varyOfFhir,
    })
    .send(text);
}
