import { readJsonObject, type Claims } from '../../auth/token/strict-json.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { essence } from '../../r4/rest/media-type.js';
import { UnsupportedMediaType } from '../../r4/errors/request-errors.js';

interface JsonRequest {
  readonly headers: { readonly 'content-type'?: string | undefined };
  /** Bodies arrive as text. */
  readonly body?: unknown;
}

/** The JSON object that was sent; `example` says what belongs there. */
export function readJsonBody({ headers, body }: JsonRequest, example: string): Claims {
  if (essence(headers['content-type'] ?? '') !== 'application/json')
    throw new UnsupportedMediaType(`The body has to be application/json. Send ${example}`);
  const read = readJsonObject(Buffer.from(typeof body === 'string' ? body : ''));
  if ('object' in read) return read.object;
  throw new InvalidRequest({ code: 'structure', diagnostics: `The body ${read.problem}. Send ${example}` });
}
