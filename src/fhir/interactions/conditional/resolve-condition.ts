import { reachRemarks } from '../../../scope/explain/not-found.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { FhirOptions } from '../../fhir-options.js';
import { isId } from '../../../r4/rest/interaction.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { NotThisResource } from '../../../r4/errors/request-errors.js';
import type { Condition } from '../../../r4/search/query/condition.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { NoMatch, NoVersionToMatch, SeveralMatches, TooManyMatches } from './condition-errors.js';

/** The one match, or none. Throws 412 for several. */
export function oneAtMost(condition: Condition, [match, ...more]: readonly StoredVersion[]): StoredVersion | undefined {
  if (more.length > 0) throw new SeveralMatches(condition);
  return match;
}

/** The one match. Throws 404 for none and 412 for several. */
export function exactlyOne(
  context: RequestContext,
  condition: Condition,
  found: readonly StoredVersion[],
): StoredVersion {
  const match = oneAtMost(condition, found);
  if (!match) throw new NoMatch(condition, reachRemarks(context.accessTo(condition.type, 's')));
  return match;
}

export interface UpdateTarget {
  /** Undefined: the server chooses one for what it creates. */
  readonly id?: string;
  readonly matched?: StoredVersion;
  /** The condition, if the id is that of the body because nothing matches. */
  readonly unmatched?: string;
}

/** https://hl7.org/fhir/R4/http.html#cond-update: what to update; without a match, the id of the body is for a new one. */
export function updateTarget(
  condition: Condition,
  found: readonly StoredVersion[],
  { id }: JsonObject,
  ifMatch: string | undefined,
): UpdateTarget {
  const { type } = condition;
  const matched = oneAtMost(condition, found);
  if (matched) {
    if (id === undefined || id === matched.id) return { id: matched.id, matched };
    throw new NotThisResource(
      `"${condition.text}" matches ${type}/${matched.id}; the body has another id.`,
      `${type}.id`,
    );
  }
  if (id === undefined && ifMatch !== undefined) throw new NoVersionToMatch(condition);
  return id === undefined ? {} : { id: requireId(type, id), unmatched: condition.text };
}

function requireId(type: string, id: JsonObject[string]): string {
  if (typeof id === 'string' && isId(id)) return id;
  throw new NotThisResource('An id has 1 to 64 letters, digits, "-" and ".".', `${type}.id`);
}

type Limits = Pick<FhirOptions, 'conditionalDelete' | 'conditionalDeleteMax'>;

/** Returns the number of matches that a conditional delete may have. */
export const mostDeleted = ({ conditionalDelete, conditionalDeleteMax }: Limits): number =>
  conditionalDelete === 'multiple' ? conditionalDeleteMax : 1;

/** https://hl7.org/fhir/R4/http.html#3.1.0.7.1: all matches, unless there are more than the settings allow. */
export function requireFew(condition: Condition, found: readonly StoredVersion[], limits: Limits): void {
  const most = mostDeleted(limits);
  if (found.length <= most) return;
  throw limits.conditionalDelete === 'multiple'
    ? new TooManyMatches(condition, most)
    : new SeveralMatches(condition, 'This server deletes one at a time (setting CONDITIONAL_DELETE).');
}
