import type { FastifyRequest } from 'fastify';
import type { Interaction } from '../model/interaction.js';
import { NotAcceptable, NotOffered, UnsupportedMediaType } from '../model/request-errors.js';

const offeredFormat = /^(?:json|application\/(?:fhir[+ ]json|json)|text\/json)(?:\s*;|$)/;
const offeredType = /application\/(?:fhir\+json|json)|text\/json|\*\/\*|application\/\*/i;
const otherVersion = /fhirVersion\s*=\s*"?(?!4\.0\b)[\d.]+/i;

/** Only JSON is offered: `Accept` and `_format` are honoured or refused, never ignored. */
export function requireAcceptable({ headers }: FastifyRequest, query: URLSearchParams): void {
  const accept = headers.accept ?? '';
  if (requireFormat(query) || accept === '') return;
  if (!offeredType.test(accept) || otherVersion.test(accept)) throw new NotAcceptable(accept);
}

/** True if there is a `_format`; it overrides `Accept` (https://hl7.org/fhir/R4/http.html#parameters). */
export function requireFormat(query: URLSearchParams): boolean {
  const format = query.get('_format') ?? '';
  if (format !== '' && (!offeredFormat.test(format) || otherVersion.test(format))) throw new NotAcceptable(format);
  return format !== '';
}

const form = 'application/x-www-form-urlencoded';

/** `POST _search` takes a form, everything else JSON; a body that would be ignored is refused instead. */
export function requireReadable({ method, headers }: FastifyRequest, { kind }: Interaction): void {
  const sent = headers['content-type'];
  if (sent === undefined || (method !== 'POST' && method !== 'PUT')) return;
  const isForm = sent.toLowerCase().startsWith(form);
  if (kind.startsWith('search-') && !isForm) {
    throw new UnsupportedMediaType(`A search by POST reads its criteria from a form. Send Content-Type: ${form}.`);
  }
  if (!kind.startsWith('search-') && (isForm || /patch/i.test(sent))) {
    throw new UnsupportedMediaType('Send a FHIR resource here, with Content-Type: application/fhir+json.');
  }
}

/** A condition on a create that is not understood would make duplicates if it were ignored. */
export function requireNoCondition({ headers }: FastifyRequest, { kind }: Interaction): void {
  if (kind === 'create' && headers['if-none-exist'] !== undefined) {
    throw new NotOffered('Conditional create (If-None-Exist) is not offered by this server.');
  }
}
