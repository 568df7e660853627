import { STATUS_CODES } from 'node:http';
import type { Written } from '../storage/change.js';
import type { StoredVersion } from '../storage/stored-version.js';

/** https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response, as text around stored bodies. */
export function writtenEntry(base: string, written: Written, body: string | undefined): string {
  const { type, id, versionId, lastUpdated, created, deleted } = written;
  const response = {
    status: statusLine(created ? 201 : deleted ? 204 : 200),
    location: `${type}/${id}/_history/${versionId}`,
    etag: `W/"${versionId}"`,
    lastModified: lastUpdated,
  };
  const resource = body === undefined ? '' : `"resource":${body},`;
  return `{"fullUrl":"${base}/${type}/${id}",${resource}"response":${JSON.stringify(response)}}`;
}

export function readEntryAnswer(base: string, found: StoredVersion): string {
  const { type, id, versionId, lastUpdated, body } = found;
  const response = { status: statusLine(200), etag: `W/"${versionId}"`, lastModified: lastUpdated };
  return `{"fullUrl":"${base}/${type}/${id}","resource":${body},"response":${JSON.stringify(response)}}`;
}

export const bundleEntryAnswer = (body: string): string =>
  `{"resource":${body},"response":${JSON.stringify({ status: statusLine(200) })}}`;

export const failedEntry = ({ status, outcome }: { readonly status: number; readonly outcome: object }): string =>
  JSON.stringify({ response: { status: statusLine(status), outcome } });

const statusLine = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim();
