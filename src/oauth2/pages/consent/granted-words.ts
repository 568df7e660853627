import { adminWords } from '../../../scope/administration/admin-rights.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { isReading } from '../../../scope/grammar/permission.js';
import { parseScope, type SmartScope } from '../../../scope/grammar/smart-scope.js';
import { constraintWords } from './category-words.js';
import { wordsOf } from './type-words.js';

/** Granted rights, in a few words each. */
export interface GrantedWords {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Rights to administer. */
  readonly administers: readonly string[];
  readonly offline: boolean;
  readonly identity: boolean;
}

export function grantedWords(scopes: readonly string[]): GrantedWords {
  const resources = scopes.flatMap((scope) => {
    const parsed = parseScope(scope);
    return 'ok' in parsed ? [parsed.ok] : [];
  });
  const wordsWhere = (reads: boolean): readonly string[] => [
    ...new Set(resources.filter(({ permissions }) => permissions.some((one) => isReading(one) === reads)).map(inWords)),
  ];
  return {
    reads: wordsWhere(true),
    writes: wordsWhere(false),
    administers: scopes.filter(isAdminScope).map(adminWords),
    offline: scopes.includes('offline_access'),
    identity: scopes.includes('fhirUser') || scopes.includes('openid'),
  };
}

function inWords({ type, constraints }: SmartScope): string {
  const { title } = wordsOf(type);
  return constraints.length === 0 ? title : `${title} (${constraintWords(type, constraints)})`;
}
