import { entityTag } from '../../../r4/rest/entity-tag.js';
import { STATUS_CODES } from 'node:http';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { WriteSummary } from '../write-summary.js';
import type { EntryOutcome } from './entry-operations.js';
import { outcomeOf } from '../write-outcome.js';

/** https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response, as text around stored bodies. */
export function writtenEntry(base: string, written: WriteSummary, shown: WriteAnswer): string {
  const { type, id, versionId, lastUpdated, created, deleted } = written;
  const outcome = isTold(written, shown) && { outcome: outcomeOf(written) };
  if (written.isAbsent) return JSON.stringify({ response: { status: statusLine(204), ...outcome } });
  const response = {
    status: statusLine(created ? 201 : deleted ? 204 : 200),
    location: `${type}/${id}/_history/${versionId}`,
    etag: entityTag(written),
    lastModified: lastUpdated,
    ...outcome,
  };
  const resource = shown.body === undefined ? '' : `"resource":${shown.body},`;
  return `{"fullUrl":"${base}/${type}/${id}",${resource}"response":${JSON.stringify(response)}}`;
}

export interface WriteAnswer {
  /** The resource, for those who want and may have it. */
  readonly body?: string | undefined;
  readonly prefer?: PreferredReturn | undefined;
}

/** Warnings are told to who asks; that nothing changed, to everybody. */
const isTold = ({ remarks }: WriteSummary, { prefer }: WriteAnswer): boolean =>
  prefer === 'OperationOutcome' || remarks.some(({ code }) => code === 'informational');

/** Answer of a conditional create that found a resource; a caller who may not read it learns only that it exists. */
export function matchedEntry(base: string, found: WriteSummary, { isReadable, body }: MatchAnswer): string {
  const { type, id, versionId, lastUpdated } = found;
  if (!isReadable) return JSON.stringify({ response: { status: statusLine(200) } });
  const resource = body === undefined ? '' : `"resource":${body},`;
  const location = `${type}/${id}/_history/${versionId}`;
  const response = { status: statusLine(200), location, etag: entityTag(found), lastModified: lastUpdated };
  return `{"fullUrl":"${base}/${type}/${id}",${resource}"response":${JSON.stringify(response)}}`;
}

export interface MatchAnswer {
  readonly isReadable: boolean;
  readonly body?: string | undefined;
}

/** `body` is empty for HEAD. */
export function readEntryAnswer(base: string, found: StoredVersion, body: string): string {
  const { type, id, lastUpdated } = found;
  const resource = body === '' ? '' : `"resource":${body},`;
  const response = { status: statusLine(200), etag: entityTag(found), lastModified: lastUpdated };
  return `{"fullUrl":"${base}/${type}/${id}",${resource}"response":${JSON.stringify(response)}}`;
}

/** https://hl7.org/fhir/R4/http.html#cread inside a bundle. */
export const unchangedEntry = (found: StoredVersion): string =>
  JSON.stringify({ response: { status: statusLine(304), etag: entityTag(found), lastModified: found.lastUpdated } });

/** `body` is empty for HEAD. */
export const bundleEntryAnswer = (body: string): string =>
  `{${body === '' ? '' : `"resource":${body},`}"response":${JSON.stringify({ status: statusLine(200) })}}`;

/** `json` is empty for HEAD. */
export function operationEntryAnswer({ status, location, json }: EntryOutcome): string {
  const response = { status: statusLine(status), ...(location !== undefined && { location }) };
  return `{${json === '' ? '' : `"resource":${json},`}"response":${JSON.stringify(response)}}`;
}

export const failedEntry = ({ status, outcome }: { readonly status: number; readonly outcome: object }): string =>
  JSON.stringify({ response: { status: statusLine(status), outcome } });

const statusLine = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim();

/** A conditional delete of none, or of several. */
export const doneEntry: string = JSON.stringify({ response: { status: statusLine(204) } });
