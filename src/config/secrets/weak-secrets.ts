import { secretLines } from './key-secrets.js';
import { isEasyToGuess, type SecretUse } from './secret-strength.js';

type SecretSetting = 'ADMIN_PASSWORD' | 'KEY_ENCRYPTION_SECRET' | 'CURSOR_SECRET';

/** A setting whose value can be guessed; the value is never told. */
export interface WeakSecret {
  readonly setting: SecretSetting;
  readonly fact: string;
  readonly cure: string;
}

interface Rule extends WeakSecret {
  readonly use: SecretUse;
}

const rules: readonly Rule[] = [
  {
    setting: 'ADMIN_PASSWORD',
    use: 'password',
    fact: 'is easy to guess, and whoever guesses it administers this server',
    cure: 'Choose several words or random letters. Example: ADMIN_PASSWORD="$(openssl rand -base64 18)"',
  },
  {
    setting: 'KEY_ENCRYPTION_SECRET',
    use: 'key',
    fact: 'is easy to guess, so whoever reads the database or a backup can sign tokens',
    cure: 'Put a random secret before it, in a line of its own: the first line seals, all lines open. Example: KEY_ENCRYPTION_SECRET="$(openssl rand -base64 32)"',
  },
  {
    setting: 'CURSOR_SECRET',
    use: 'key',
    fact: 'is easy to guess, so that page links can be forged',
    cure: 'Make a random one. Example: CURSOR_SECRET="$(openssl rand -base64 32)"',
  },
];

/** Finds the settings that are set and can be guessed. Of KEY_ENCRYPTION_SECRET only the line that seals counts. */
export function weakSecrets(
  values: Readonly<Partial<Record<SecretSetting, string | undefined>>>,
  adminUser: string,
): readonly WeakSecret[] {
  return rules.filter(({ setting, use }) => {
    const [value] = use === 'key' ? secretLines(values[setting] ?? '') : [values[setting]];
    return value !== undefined && isEasyToGuess(value, use, [adminUser]);
  });
}
