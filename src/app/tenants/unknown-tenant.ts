import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limitFact } from '../../database/tenants/tenant-limit-reached.js';
import { issuerPath } from '../module-options.js';
import { pageHeaders } from '../../fhir/http/answer/answer-page.js';
import { type Rendered, renderError } from '../../fhir/http/answer/render.js';
import { pageOf, type PageSite, representationOfError } from '../../fhir/http/answer/representation.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';

/** Seconds after which a client may ask again. */
const retryAfter = 5;

interface Answer {
  readonly status: 404 | 429 | 503;
  readonly issue: 'not-found' | 'throttled' | 'transient';
  readonly error: string;
  readonly fact: string;
}

/** What was asked, and the site whose pages a browser gets. */
export interface Asked {
  /** Path and query below the address of the tenant. */
  readonly target: string;
  readonly request: IncomingMessage;
  readonly site: PageSite;
}

export type Answering = (asked: Asked, response: ServerResponse) => void;

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

/** The error goes out as all errors below the address do: as a page for people, as a FHIR resource, or as OAuth does it. */
function send(answer: Answer, asked: Asked, response: ServerResponse): void {
  const { status } = answer;
  const { text, contentType, isPage } = rendered(answer, asked);
  response.writeHead(status, {
    ...(isPage && pageHeaders),
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': randomUUID(),
    ...(status !== 404 && { 'retry-after': String(status === 429 ? 1 : retryAfter) }),
    // A body is not read.
    connection: 'close',
  });
  response.end(asked.request.method === 'HEAD' ? undefined : text);
}

function rendered({ issue, error, fact }: Answer, { target, request, site }: Asked): Rendered {
  const { headers, method, url = '/' } = request;
  const page = pageOf({ headers, url, ...(method !== undefined && { method }) }, site);
  if (!page && target.startsWith(`${issuerPath}/`))
    return { text: JSON.stringify({ error, error_description: fact }), contentType: 'application/json; charset=utf-8' };
  const outcome = operationOutcome([{ code: issue, diagnostics: fact }]);
  return renderError(outcome, page ?? representationOfError({ headers, url: target }));
}

export const answerUnknownTenant: Answering = send.bind(undefined, unknown);
export const answerNotNow = (why: string): Answering => send.bind(undefined, notNow(why));
export const answerTooMany = (limit: number): Answering => send.bind(undefined, tooMany(limit));
