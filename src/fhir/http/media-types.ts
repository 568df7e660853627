import type { FastifyRequest } from 'fastify';
import type { Interaction } from '../model/interaction.js';
import { NotAcceptable, UnsupportedMediaType } from '../model/request-errors.js';

const offeredFormat = /^(?:json|application\/(?:fhir[+ ]json|json)|text\/json)(?:\s*;|$)/;
const offeredType = /application\/(?:fhir\+json|json)|text\/json|\*\/\*|application\/\*/i;
const otherVersion = /fhirVersion\s*=\s*"?(?!4\.0\b)[\d.]+/i;

/** Only JSON is offered: `Accept` and `_format` are honoured or refused, never ignored. */
export function requireAcceptable({ headers }: FastifyRequest, query: URLSearchParams): void {
  const format = query.get('_format');
  const asked = format ?? headers.accept ?? '';
  if (asked === '') return;
  const isOffered = format === null ? offeredType.test(asked) : offeredFormat.test(asked);
  if (!isOffered || otherVersion.test(asked)) throw new NotAcceptable(asked);
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
