import type { Access } from '../../../scope/access.js';
import { isObject, parseJson } from '../../../r4/json/json.js';
import type { FoundVersion } from './history-page.js';
import type { LinkedVersion } from '../searching/linked-version.js';

/** Notes versions for the audit, if somebody audits. */
export function discloseVersions({ trail }: Access, rows: readonly FoundVersion[]): void {
  if (trail) for (const version of rows) trail.disclose(version);
}

/** As nearly all bodies begin; another `meta` than that of the resource itself can stand in no text or number before it. */
const versionInFront = /^\{(?:"[A-Za-z]+":"[^"\\]*",)*"meta":\{"versionId":"(\d+)"/;

/** Notes rows that hold their version in the body only, for the audit. */
export function discloseRows({ trail }: Access, rows: readonly LinkedVersion[]): void {
  if (!trail) return;
  for (const { type, id, body } of rows) trail.disclose({ type, id, versionId: Number(versionIn(body)) });
}

function versionIn(body: string): string {
  const [, version] = versionInFront.exec(body) ?? [];
  return version ?? versionOfDocument(body);
}

/** A client may put anything before `meta`. */
function versionOfDocument(body: string): string {
  const resource = parseJson(body);
  const meta = isObject(resource) ? resource['meta'] : undefined;
  const version = isObject(meta) ? meta['versionId'] : undefined;
  return typeof version === 'string' ? version : '0';
}
