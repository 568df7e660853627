import { readFileSync } from 'node:fs';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Settings that are secret, or contain one: each may also be given as the name of a file, such as a mounted secret. */
export const secretNames = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'MIGRATION_DATABASE_URL',
  'DATABASE_REPLICA_URLS',
  'DATABASE_PASSWORD',
  'ADMIN_PASSWORD',
  'KEY_ENCRYPTION_SECRET',
  'CURSOR_SECRET',
  'TRUSTED_ISSUERS',
  'LOGIN_PROVIDERS',
  'TERMINOLOGY_SERVERS',
] as const;

/** Puts the contents of every `NAME_FILE` in the place of `NAME`; what cannot be read becomes a line in `wrong`. */
export function readSecretFiles(
  variables: Variables,
  wrong: string[],
  names: readonly string[] = secretNames,
): Variables {
  const read: Record<string, string | undefined> = { ...variables };
  for (const name of names) {
    const path = variables[`${name}_FILE`];
    if (!path) continue;
    const example = `Example: ${name}_FILE=/run/secrets/${name.toLowerCase().replaceAll('_', '-')}`;
    if (variables[name]) wrong.push(`${name}_FILE: ${name} is set as well; keep one of the two. ${example}`);
    try {
      read[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if (read[name] === '') wrong.push(`${name}_FILE: ${path} is empty. ${example}`);
    } catch (error) {
      wrong.push(`${name}_FILE: cannot read ${path} (${(error as NodeJS.ErrnoException).code}). ${example}`);
    }
  }
  return read;
}
