import type { Settings } from '../settings-schema.js';
import type { Insecurity } from '../settings/server-settings.js';
import { weakSecrets } from '../secrets/weak-secrets.js';

interface Rule {
  readonly insecurity: Insecurity;
  readonly isBroken: (settings: Settings) => boolean;
  readonly line: string;
}

const rules: readonly Rule[] = [
  {
    insecurity: 'http',
    isBroken: ({ PUBLIC_URL }) => !PUBLIC_URL?.startsWith('https:'),
    line: 'PUBLIC_URL: must be an https: URL in production, or tokens can be read on their way. Example: PUBLIC_URL=https://fhir.example',
  },
  {
    insecurity: 'embedded-database',
    isBroken: ({ DATABASE_URL }) => DATABASE_URL === undefined,
    line: 'DATABASE_URL: must be set in production; the embedded database is for development. Example: DATABASE_URL=postgres://lanyard:password@db.example:5432/lanyard',
  },
  {
    insecurity: 'generated-password',
    isBroken: ({ EMBEDDED_ISSUER, ADMIN_PASSWORD }) => EMBEDDED_ISSUER && ADMIN_PASSWORD === undefined,
    line: 'ADMIN_PASSWORD: must be set in production; a generated password would stand in the log. Example: ADMIN_PASSWORD_FILE=/run/secrets/admin-password',
  },
  {
    insecurity: 'plain-keys',
    isBroken: ({ EMBEDDED_ISSUER, KEY_ENCRYPTION_SECRET }) => EMBEDDED_ISSUER && KEY_ENCRYPTION_SECRET === undefined,
    line: 'KEY_ENCRYPTION_SECRET: must be set in production, or whoever reads the database can sign tokens. Example: KEY_ENCRYPTION_SECRET_FILE=/run/secrets/key-encryption-secret',
  },
  {
    insecurity: 'no-audit',
    isBroken: ({ AUDIT }) => !AUDIT,
    line: 'AUDIT: must be on in production, or nobody can find out who saw a record. Example: AUDIT=on',
  },
];

/** Anybody would be logged in without a password: nothing can make that acceptable. */
const autopilot =
  'INTERACTION_AUTOPILOT: logs everybody in without a password, and is for automated tests only. Example: INTERACTION_AUTOPILOT=off';

/** Refusals of settings that production accepts only if `ALLOW_INSECURE` names them. */
export function productionRefusals(settings: Settings): string[] {
  if (settings.NODE_ENV !== 'production') return [];
  const broken = [...rules.filter(({ isBroken }) => isBroken(settings)), ...weakSecretRules(settings)];
  const refused = broken
    .filter(({ insecurity }) => !settings.ALLOW_INSECURE.includes(insecurity))
    .map(({ insecurity, line }) => `${line} (ALLOW_INSECURE=${insecurity} accepts it anyway.)`);
  return settings.INTERACTION_AUTOPILOT ? [...refused, autopilot] : refused;
}

const weakSecretRules = (settings: Settings): readonly Pick<Rule, 'insecurity' | 'line'>[] =>
  weakSecrets(
    { CURSOR_SECRET: settings.CURSOR_SECRET, ...(settings.EMBEDDED_ISSUER && ownSecrets(settings)) },
    settings.ADMIN_USER,
  ).map(({ setting, fact, cure }) => ({ insecurity: 'weak-secrets', line: `${setting}: ${fact}. ${cure}` }));

const ownSecrets = ({ ADMIN_PASSWORD, KEY_ENCRYPTION_SECRET }: Settings) => ({ ADMIN_PASSWORD, KEY_ENCRYPTION_SECRET });
