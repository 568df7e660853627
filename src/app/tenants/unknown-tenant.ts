import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limitFact } from '../../database/tenants/tenant-limit-reached.js';
import { issuerPath } from '../module-options.js';
import { renderError } from '../../fhir/http/answer/render.js';
import { representationOfError } from '../../fhir/http/answer/representation.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';

/** Seconds after which a client may ask again. */
const retryAfter = 5;

interface Answer {
  readonly status: 404 | 429 | 503;
  readonly issue: 'not-found' | 'throttled' | 'transient';
  readonly error: string;
  readonly fact: string;
}

type Answering = (target: string, request: IncomingMessage, response: ServerResponse) => void;

/** Answer for a name that no tenant has, that none can have, or of a suspended tenant: the three are alike. */
const unknown: Answer = {
  status: 404,
  issue: 'not-found',
  error: 'not_found',
  fact: 'No server is at this address. Compare it with the one that the operator of this server gave you.',
};

const notNow = (why: string): Answer => ({
  status: 503,
  issue: 'transient',
  error: 'temporarily_unavailable',
  fact: `${why} Repeat the request in ${retryAfter} s.`,
});

const tooMany = (limit: number): Answer => ({
  status: 429,
  issue: 'throttled',
  error: 'too_many_requests',
  fact: limitFact('requests', limit),
});

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
    ...(status !== 404 && { 'retry-after': String(status === 429 ? 1 : retryAfter) }),
    // A body is not read.
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

export const answerUnknownTenant = send.bind(undefined, unknown);
export const answerNotNow = (why: string): Answering => send.bind(undefined, notNow(why));
export const answerTooMany = (limit: number): Answering => send.bind(undefined, tooMany(limit));
