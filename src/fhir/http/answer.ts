import type { FastifyReply } from 'fastify';
import type { Written } from '../storage/change.js';
import type { StoredVersion } from '../storage/stored-version.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** Sends FHIR text as it is: stored bodies are never parsed on their way out (decision 5). */
export function sendFhir(reply: FastifyReply, body: string, status = 200): void {
  void reply.code(status).header('content-type', fhirJson).header('cache-control', 'private, no-cache').send(body);
}

/** A version with its ETag and Last-Modified (https://hl7.org/fhir/R4/http.html#versions). */
export function sendVersion(reply: FastifyReply, version: StoredVersion): void {
  versionHeaders(reply, version);
  sendFhir(reply, version.body);
}

/** 201 or 200 after a write; the body only when the caller may read it and wants it. */
export function sendWritten(reply: FastifyReply, base: string, written: Written, showBody: boolean): void {
  const { type, id, versionId } = written;
  versionHeaders(reply, written);
  if (written.created) void reply.header('location', `${base}/${type}/${id}/_history/${versionId}`);
  const status = written.created ? 201 : 200;
  if (showBody) sendFhir(reply, written.body, status);
  else void reply.code(status).send();
}

function versionHeaders(reply: FastifyReply, { versionId, lastUpdated }: StoredVersion): void {
  void reply.header('etag', `W/"${versionId}"`).header('last-modified', httpDate(lastUpdated));
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An instant in UTC as RFC 9110 section 5.6.7 writes it; cut out of its text, since `toUTCString` is slow. */
export function httpDate(instant: string): string {
  const [year, month, day] = [instant.slice(0, 4), Number(instant.slice(5, 7)) - 1, instant.slice(8, 10)];
  const weekday = new Date(Date.UTC(Number(year), month, Number(day))).getUTCDay();
  return `${days[weekday]}, ${day} ${months[month]} ${year} ${instant.slice(11, 19)} GMT`;
}
