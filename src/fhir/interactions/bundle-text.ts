import type { StoredVersion } from '../storage/stored-version.js';

/** Bundles are written as text around stored bodies, which are never parsed (decision 5). */
export interface BundleLink {
  readonly relation: 'self' | 'next' | 'previous' | 'first';
  readonly url: string;
}

export function bundleText(type: string, links: readonly BundleLink[], entries: readonly string[]): string {
  const link = links.length > 0 ? `,"link":${JSON.stringify(links)}` : '';
  const entry = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"${type}"${link}${entry}}`;
}

export const searchEntry = (base: string, { type, id, body }: StoredVersion): string =>
  `{"fullUrl":"${base}/${type}/${id}","resource":${body},"search":{"mode":"match"}}`;

/** https://hl7.org/fhir/R4/http.html#history; `older` is the version before, which tells a revival from an update. */
export function historyEntry(base: string, version: StoredVersion, older?: StoredVersion): string {
  const { type, id, deleted, body, method, versionId, lastUpdated } = version;
  const resource = deleted ? '' : `,"resource":${body}`;
  const url = method === 'POST' ? type : `${type}/${id}`;
  const status = deleted ? '204' : versionId === 1 || older?.deleted ? '201' : '200';
  const response = { status, etag: `W/"${versionId}"`, lastModified: lastUpdated };
  return `{"fullUrl":"${base}/${type}/${id}"${resource},"request":${JSON.stringify({ method, url })},"response":${JSON.stringify(response)}}`;
}
