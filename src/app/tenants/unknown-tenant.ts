import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { issuerPath } from '../module-options.js';
import { renderError } from '../../fhir/http/answer/render.js';
import { representationOfError } from '../../fhir/http/answer/representation.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';

/** Seconds after which a client may ask again. */
const retryAfter = 5;

interface Answer {
  readonly status: 404 | 503;
  readonly issue: 'not-found' | 'transient';
  readonly error: string;
  readonly fact: string;
}

/** The same for names that no tenant has, that none can have, and those of tenants that are suspended. */
const unknown: Answer = {
  status: 404,
  issue: 'not-found',
  error: 'not_found',
  fact: 'No server is at this address. Compare it with the one that the operator of this server gave you.',
};

const notNow: Answer = {
  status: 503,
  issue: 'transient',
  error: 'temporarily_unavailable',
  fact: `This server cannot begin to answer now. Repeat the request in ${retryAfter} s.`,
};

/** The error goes out as all errors below the address do: as a FHIR resource, or as OAuth does it. */
function send(answer: Answer, target: string, request: IncomingMessage, response: ServerResponse): void {
  const { status, issue, error, fact } = answer;
  const outcome = operationOutcome([{ code: issue, diagnostics: fact }]);
  const { text, contentType } = target.startsWith(`${issuerPath}/`)
    ? { text: JSON.stringify({ error, error_description: fact }), contentType: 'application/json; charset=utf-8' }
    : renderError(outcome, representationOfError({ headers: request.headers, url: target }));
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': randomUUID(),
    ...(status === 503 && { 'retry-after': String(retryAfter) }),
    // A body is not read.
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

export const answerUnknownTenant = send.bind(undefined, unknown);
export const answerNotNow = send.bind(undefined, notNow);
