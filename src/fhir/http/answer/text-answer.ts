import type { FastifyReply } from 'fastify';
import { fhirHeaders, varyOfFhir } from './answer.js';
import { htmlType, textPage } from './answer-page.js';
import type { FhirRequest } from '../fhir-request.js';

/** Text to read, never markup: it repeats claims of strangers. */
export function plainText(reply: FastifyReply, text: string): void {
  const { representation }: FhirRequest = reply.request;
  if (representation?.format === 'html') {
    void reply.headers(fhirHeaders({ contentType: htmlType, isPage: true })).send(textPage(text, representation.place));
    return;
  }
  void reply
    .headers({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: varyOfFhir,
    })
    .send(text);
}
