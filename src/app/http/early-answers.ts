import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { issuerPath } from '../module-options.js';
import type { EarlyAnswers } from './listen.js';
import type { AppConfig } from '../../config/app-config.js';
import { answerBrokenHttp } from '../../fhir/http/broken-http.js';
import { renderError } from '../../fhir/http/answer/render.js';
import { representationOfError } from '../../fhir/http/answer/representation.js';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';

/** Seconds after which a client may ask again. */
const retryAfter = 5;
const fact = `The server is starting: it may be bringing its database up to date. Repeat the request in ${retryAfter} s.`;

/** While the server starts: it lives, it is not ready, and everything else is told to come back. */
export function earlyAnswers(config: AppConfig): EarlyAnswers {
  const broken = answerBrokenHttp(config.requestTimeout);
  const prefix = new URL(config.publicUrl).pathname.replace(/\/+$/, '');
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { url = '/' } = request;
    const [path = ''] = (url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : url).split('?', 1);
    const { status, type, body } = answerTo(path, url, request);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': randomUUID(),
      ...(status === 503 && { 'retry-after': String(retryAfter) }),
      // The body of a waiting client is not read.
      connection: 'close',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  return { http: broken.http, clientErrorHandler: (error, socket) => broken.clientErrorHandler(error, socket), answer };
}

interface EarlyAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = 'application/json; charset=utf-8';

function answerTo(path: string, url: string, { headers }: IncomingMessage): EarlyAnswer {
  if (path === '/health/live') return { status: 200, type: json, body: JSON.stringify({ status: 'ok' }) };
  if (path === '/health/ready') return { status: 503, type: json, body: JSON.stringify({ status: 'starting' }) };
  if (path.startsWith(`${issuerPath}/`)) {
    const body = JSON.stringify({ error: 'temporarily_unavailable', error_description: fact });
    return { status: 503, type: json, body };
  }
  const outcome = operationOutcome([{ code: 'transient', diagnostics: fact }]);
  const { text, contentType } = renderError(outcome, representationOfError({ headers, url }));
  return { status: 503, type: contentType, body: text };
}
