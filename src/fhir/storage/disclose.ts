import type { Access } from '../../scope/access.js';
import type { FoundVersion } from './history-page.js';
import type { LinkedVersion } from './linked-version.js';

/** Notes versions for the audit, if somebody audits. */
export function discloseVersions({ trail }: Access, rows: readonly FoundVersion[]): void {
  if (trail) for (const version of rows) trail.disclose(version);
}

/** The version of a stored body is among its first elements, unless the client put others before `meta`. */
const versionInBody = /"meta":\{"versionId":"(\d+)"/;

/** The same for rows that hold their version in the body only. */
export function discloseRows({ trail }: Access, rows: readonly LinkedVersion[]): void {
  if (!trail) return;
  for (const { type, id, body } of rows) {
    trail.disclose({ type, id, versionId: Number(versionInBody.exec(body)?.[1] ?? 0) });
  }
}
