import { Readable } from 'node:stream';
import { entityTag } from '../../../r4/rest/entity-tag.js';
import type { FhirOptions } from '../../fhir-options.js';
import type { FastifyReply } from 'fastify';
import { AnswerBudget } from '../../interactions/answer-budget.js';
import { type RepeatedCreate, taggedAs, type WriteSummary } from '../../interactions/write-summary.js';
import { outcomeOf } from '../../interactions/write-outcome.js';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { isUnchanged } from '../../../r4/rest/conditional-read.js';
import { pageHeaders } from './answer-page.js';
import { readConditions } from './conditional-read.js';
import type { FhirRequest } from '../fhir-request.js';
import { httpDate } from './http-date.js';
import { render, type Rendered } from './render.js';

/** Caches keep one answer for each form of it, and for each origin (see cross-origin.ts). */
export const varyOfFhir = 'Origin, Accept';

/** Sends FHIR JSON in the form that was asked for; by default as it is: stored text is not parsed then (docs/adr/0003). */
export function sendFhir(reply: FastifyReply, body: string, status = 200): void {
  const request: FhirRequest = reply.request;
  const rendered = render(body, request.representation);
  sendText(reply.code(status).headers(fhirHeaders(rendered)), rendered.text);
}

/** Characters that are encoded in one go. */
const atOnce = 1_048_576;
const partLength = 262_144;

/** A long answer is encoded as fast as the client takes it; its length is known all the same. */
function sendText(reply: FastifyReply, text: string): void {
  if (text.length <= atOnce) return void reply.send(text);
  const parts = Readable.from(partsOf(text), { objectMode: false, highWaterMark: partLength });
  void reply.header('content-length', Buffer.byteLength(text)).send(parts);
}

function* partsOf(text: string): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + partLength, text.length);
    // A pair of surrogates stays together.
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

/** Bytes of an answer that has to be parsed again to be written, because that happens in one go. */
const mostRendered = 2_097_152;

/** Bytes that an answer may have in the form that it is asked for in. */
export const responseLimitOf = ({ representation }: FhirRequest, { responseLimit }: FhirOptions): number =>
  representation ? Math.min(mostRendered, responseLimit) : responseLimit;

/** Budget of an answer to a whole request. */
export const budgetOf = (request: FhirRequest, options: FhirOptions): AnswerBudget =>
  new AnswerBudget({ ...options, responseLimit: responseLimitOf(request, options) });

export const fhirHeaders = ({ contentType, warning, isPage }: Omit<Rendered, 'text'>) => ({
  'content-type': contentType,
  'cache-control': 'private, no-cache',
  vary: varyOfFhir,
  ...(warning !== undefined && { warning }),
  ...(isPage && pageHeaders),
});

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
export function sendWritten(reply: FastifyReply, base: string, written: WriteSummary, body: string | undefined): void {
  const { type, id, versionId, created, isMatch } = written;
  versionHeaders(reply, written);
  if (created || isMatch) void reply.header('location', `${base}/${type}/${id}/_history/${versionId}`);
  const status = written.created ? 201 : 200;
  if (body !== undefined) sendFhir(reply, body, status);
  else void reply.code(status).send();
}

/**
 * Answers a create that wrote nothing now. A resource that a condition found is told only to a caller who may read it;
 * one that the caller wrote before is told again.
 */
export function sendSettled(
  reply: FastifyReply,
  base: string,
  { told, version }: RepeatedCreate,
  preferred: PreferredReturn | undefined,
): void {
  if (told.isMatch && !version) return void reply.code(200).send();
  const outcome = (): string => JSON.stringify(outcomeOf(told));
  const body = preferred === 'minimal' ? undefined : preferred === 'OperationOutcome' ? outcome() : version?.body;
  sendWritten(reply, base, taggedAs(told, version), body);
}

type Versioned = Pick<StoredVersion, 'versionId' | 'lastUpdated' | 'mask'>;

function versionHeaders(reply: FastifyReply, version: Versioned): void {
  void reply.header('etag', entityTag(version)).header('last-modified', httpDate(version.lastUpdated));
}
