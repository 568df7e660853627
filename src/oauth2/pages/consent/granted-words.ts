import { isAdminScope, parseAdminScope } from '../../../scope/grammar/admin-scope.js';
import { isReading } from '../../../scope/grammar/permission.js';
import { parseScope, type SmartScope } from '../../../scope/grammar/smart-scope.js';
import type { Words } from '../../words/en.js';
import { constraintWords } from './categories.js';
import { titleOf } from './type-groups.js';

/** Granted rights, in a few words each. */
export interface GrantedWords {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Rights to administer. */
  readonly administers: readonly string[];
  readonly offline: boolean;
  readonly identity: boolean;
}

export function grantedWords(words: Words, scopes: readonly string[]): GrantedWords {
  const resources = scopes.flatMap((scope) => {
    const parsed = parseScope(scope);
    return 'ok' in parsed ? [parsed.ok] : [];
  });
  const wordsWhere = (reads: boolean): readonly string[] => [
    ...new Set(
      resources
        .filter(({ permissions }) => permissions.some((one) => isReading(one) === reads))
        .map((one) => inWords(words, one)),
    ),
  ];
  return {
    reads: wordsWhere(true),
    writes: wordsWhere(false),
    administers: scopes.filter(isAdminScope).map((scope) => adminWords(words, scope)),
    offline: scopes.includes('offline_access'),
    identity: scopes.includes('fhirUser') || scopes.includes('openid'),
  };
}

function inWords(words: Words, { type, constraints }: SmartScope): string {
  const title = titleOf(words, type);
  return constraints.length === 0 ? title : `${title} (${constraintWords(words, type, constraints)})`;
}

/** A right to administer as a person reads it, such as `Users: read, search`. */
export function adminWords({ administration: words }: Words, text: string): string {
  const read = parseAdminScope(text);
  if (!('ok' in read)) return text;
  const { context, type, permissions } = read.ok;
  return `${words[context === 'operator' && type === '*' ? 'Tenant' : type]}: ${permissions.map((one) => words.permissions[one]).join(', ')}`;
}
