import { Refused } from '../../refusal/refusal.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';

export const splitScopes = (text: string): readonly string[] => [
  ...new Set(text.split(/\s+/).filter((scope) => scope !== '')),
];

/** Each asked scope that is within some granted one; without a wish, all that is granted. Throws when nothing is left. */
export function chooseScopes(
  asked: string | undefined,
  granted: readonly string[],
  isWithin: (asked: string, granted: string) => boolean = (one, other) => one === other,
): readonly string[] {
  if (asked === undefined) return granted;
  const chosen = splitScopes(asked).filter((scope) =>
    granted.some((grant) => scope === grant || isWithin(scope, grant)),
  );
  if (chosen.length > 0) return chosen;
  throw new Refused(
    [
      refusal(
        'scope-insufficient',
        `None of the scopes asked for (${cleaned(asked) || 'an empty text'}) is within what this user is granted.`,
        `Ask for a part of: ${granted.join(' ') || 'nothing; an administrator has to grant scopes to this user'}. Or leave scope out to get all of it.`,
      ),
    ],
    { status: 400 },
  );
}
