import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { versionOfTag } from '../../../r4/rest/entity-tag.js';
import type { AdminRequest } from './administrator.guard.js';

/** The version that `If-Match` names; undefined without it. Throws 400 for anything else than a number (RFC 9110 13.1.1). */
export function versionToMatch({ headers }: AdminRequest): number | undefined {
  const tag = headers['if-match'];
  if (tag === undefined) return undefined;
  const version = versionOfTag(tag);
  if (/^\d{1,9}$/.test(version)) return Number(version);
  throw new InvalidRequest({ code: 'value', diagnostics: 'If-Match is the number of a version.' });
}
