import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../../auth/principal.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { LargeBody } from './body/large-body.js';
import type { IdempotentRequest } from '../storage/writing/idempotent-request.js';

/** Parts in which two equal requests agree. */
interface SentRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly interaction?: Interaction;
  readonly principal?: Principal;
}

/**
 * The header `Idempotency-Key` of a POST that creates or carries a bundle. Other requests can be repeated as they are.
 * Throws 400.
 */
export function readIdempotencyKey(request: SentRequest): { readonly once?: IdempotentRequest } {
  const { headers, interaction, principal } = request;
  const key = headers['idempotency-key'];
  if (key === undefined || !principal || !isPost(interaction)) return {};
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalid('Idempotency-Key has 1 to 255 printable characters without spaces, such as a UUID.');
  }
  const { issuer, subject, clientId = '' } = principal;
  return {
    once: { key, caller: hashOf(JSON.stringify([issuer, subject, clientId])), request: hashOfRequest(request) },
  };
}

const isPost = (interaction: Interaction | undefined): boolean =>
  interaction?.kind === 'create' || interaction?.kind === 'bundle';

function hashOfRequest({ url, headers, body }: SentRequest): string {
  const { 'content-type': contentType = '', 'if-none-exist': condition = '', 'x-security-context': context } = headers;
  const line = [url, contentType, condition, ...(context === undefined ? [] : [String(context)])];
  return hashOf(
    JSON.stringify(line),
    body instanceof LargeBody ? (body.digest ?? '') : typeof body === 'string' ? body : '',
  );
}

/** The request with the body that came later, by its digest. */
export const withBody = (once: IdempotentRequest, digest: string): IdempotentRequest => ({
  ...once,
  request: hashOf(once.request, digest),
});

function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('base64url');
}

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'not-supported', diagnostics });
