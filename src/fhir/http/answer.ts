import type { FastifyReply } from 'fastify';
import type { Written } from '../storage/change.js';
import type { StoredVersion } from '../storage/stored-version.js';
import { NotRepresentableInXml } from '../xml/not-representable-in-xml.js';
import { isUnchanged } from '../model/conditional-read.js';
import { readConditions } from './conditional-read.js';
import type { FhirRequest } from './fhir-request.js';
import { httpDate } from './http-date.js';
import { fhirJson, render, type Rendered } from './render.js';

/** Caches keep one answer for each form of it, and for each origin (see cross-origin.ts). */
export const varyOfFhir = 'Origin, Accept';

/** Sends FHIR JSON in the form that was asked for; by default as it is: stored text is not parsed then (decision 5). */
export function sendFhir(reply: FastifyReply, body: string, status = 200): void {
  const { text, contentType } = rendered(reply.request, body);
  void reply.code(status).headers(fhirHeaders(contentType)).send(text);
}

export const fhirHeaders = (contentType: string) => ({
  'content-type': contentType,
  'cache-control': 'private, no-cache',
  vary: varyOfFhir,
});

/** What was done is told in JSON where XML has no form for it: it is too late for 406. */
function rendered(request: FhirRequest, body: string): Rendered {
  try {
    return render(body, request.representation);
  } catch (error) {
    if (error instanceof NotRepresentableInXml && mayHaveWritten(request)) return { text: body, contentType: fhirJson };
    throw error;
  }
}

const mayHaveWritten = ({ method, interaction }: FhirRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && !interaction?.kind.startsWith('search-');

/** A version, or 304. */
export function sendVersion(reply: FastifyReply, version: StoredVersion): void {
  if (!sendUnchanged(reply, version)) sendFhir(reply, version.body);
}

/**
 * Sets ETag and Last-Modified (https://hl7.org/fhir/R4/http.html#versions). True if that is the answer: 304 instead of
 * what the client says it has (https://hl7.org/fhir/R4/http.html#cread).
 */
export function sendUnchanged(reply: FastifyReply, version: StoredVersion): boolean {
  versionHeaders(reply, version);
  if (!isUnchanged(readConditions(reply.request.headers), version)) return false;
  void reply.code(304).headers({ 'cache-control': 'private, no-cache', vary: varyOfFhir }).send();
  return true;
}

/** 201 or 200 after a write, with the body that the caller wants and may have. */
export function sendWritten(reply: FastifyReply, base: string, written: Written, body: string | undefined): void {
  const { type, id, versionId } = written;
  versionHeaders(reply, written);
  if (written.created) void reply.header('location', `${base}/${type}/${id}/_history/${versionId}`);
  const status = written.created ? 201 : 200;
  if (body !== undefined) sendFhir(reply, body, status);
  else void reply.code(status).send();
}

function versionHeaders(reply: FastifyReply, { versionId, lastUpdated }: StoredVersion): void {
  void reply.header('etag', `W/"${versionId}"`).header('last-modified', httpDate(lastUpdated));
}
