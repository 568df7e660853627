import { entityTag } from '../../../r4/rest/entity-tag.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import type { HistoryVersion } from '../../storage/reading/history-page.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';

/** Bundles are written as text around stored bodies, which are never parsed (docs/adr/0003). */
export interface BundleLink {
  readonly relation: 'self' | 'next' | 'previous' | 'first';
  readonly url: string;
}

export function bundleText(
  type: string,
  links: readonly BundleLink[],
  entries: readonly string[],
  total?: number,
): string {
  const count = total === undefined ? '' : `,"total":${total}`;
  const link = links.length > 0 ? `,"link":${JSON.stringify(links)}` : '';
  const entry = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"${type}"${count}${link}${entry}}`;
}

export const searchEntry = (base: string, { type, id, body }: LinkedVersion, mode: 'match' | 'include'): string =>
  `{"fullUrl":"${base}/${type}/${id}","resource":${body},"search":{"mode":"${mode}"}}`;

/** Entry with the parameters that a search ignored (https://hl7.org/fhir/R4/search.html#errors). */
export const outcomeEntries = (issues: readonly Issue[]): readonly string[] =>
  issues.length === 0 ? [] : [JSON.stringify({ resource: operationOutcome(issues), search: { mode: 'outcome' } })];

/** https://hl7.org/fhir/R4/http.html#history */
export function historyEntry(base: string, version: HistoryVersion): string {
  const { type, id, deleted, body, method, versionId, lastUpdated, revived } = version;
  const resource = deleted ? '' : `,"resource":${body}`;
  const url = method === 'POST' ? type : `${type}/${id}`;
  const status = deleted ? '204' : versionId === 1 || revived ? '201' : '200';
  const response = { status, etag: entityTag(version), lastModified: lastUpdated };
  return `{"fullUrl":"${base}/${type}/${id}"${resource},"request":${JSON.stringify({ method, url })},"response":${JSON.stringify(response)}}`;
}
