import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { type ConsentScope, consentParts, consentScopes, keptOf, unboxed } from './consent-pieces.js';

/** Choices beside resources: one for each of these sets of scopes. */
export const plainChoices: Readonly<Record<string, readonly string[]>> = {
  identity: ['openid', 'fhirUser', 'profile', 'email'],
  offline: ['offline_access'],
  online: ['online_access'],
};

const decided: ReadonlySet<string> = new Set(Object.values(plainChoices).flat());

/** Content of a form about `offered`. */
export interface ConsentForm {
  /** Names of kept {@link plainChoices}, and scopes of kept pieces. */
  readonly keep: readonly string[];
  /** Scopes of kinds of data, in place of the whole type. */
  readonly only: readonly string[];
  /** Ticked boxes of parts and groups. */
  readonly boxes: readonly string[];
}

/**
 * The scopes to grant: of what was offered, what the user kept. Whatever else the form says counts for nothing. A context such
 * as `launch/patient` is not asked about: it stays with the data that it is for, and goes when all of that is refused.
 */
export function decideScopes(offered: readonly string[], { keep, only, boxes }: ConsentForm): readonly string[] {
  const kept = new Set(keep);
  const narrowed = new Set(only);
  const scopes = consentScopes(offered);
  const open = unboxed(consentParts(scopes), new Set(boxes));
  const resources = scopes.flatMap((scope: ConsentScope) => keptOf(scope, kept, narrowed, open));
  const plainKept = Object.entries(plainChoices).flatMap(([name, members]) => (kept.has(name) ? members : []));
  // Rights to administer are asked about one by one.
  const chosen = [...plainKept, ...offered.filter((scope) => isAdminScope(scope) && kept.has(scope))];
  const asked = new Set(scopes.map(({ scope }) => scope));
  const keepsContext = scopes.length === 0 || resources.length > 0;
  const stays = (scope: string): boolean =>
    decided.has(scope) || isAdminScope(scope) ? chosen.includes(scope) : keepsContext || !scope.startsWith('launch/');
  const plain = offered.filter((scope) => !asked.has(scope) && stays(scope));
  return [...new Set([...plain, ...resources])];
}

/** True if nothing is granted at all: a context alone opens nothing. */
export const grantsNothing = (scopes: readonly string[]): boolean =>
  scopes.every((scope) => scope === 'launch' || scope.startsWith('launch/'));
