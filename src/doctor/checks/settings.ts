import { statfs } from 'node:fs/promises';
import type { AppConfig } from '../../config/app-config.js';
import { weakSecrets } from '../../config/secrets/weak-secrets.js';
import { sizeOf } from './database.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';

const found = resultsOf('settings');
const scarceBytes = 1_000_000_000;
const tooFewBytes = 100_000_000;

/** Judges settings that are all valid by themselves. */
export function judgeSettings(config: AppConfig): readonly DoctorResult[] {
  return [
    ...config.unknown.map(({ name, meant }) => found.warning('unknown', 'settings.unknown', { name, meant })),
    judgeKeyEncryption(config),
    ...judgeSecrets(config),
    judgeTokenSources(config),
    judgeProxies(config),
  ].filter((finding) => finding !== undefined);
}

function judgeKeyEncryption({ embeddedIssuer, process: { keySecrets } }: AppConfig): DoctorResult | undefined {
  if (!embeddedIssuer) return undefined;
  return keySecrets === undefined
    ? found.warning('key-encryption', 'settings.keys-plain')
    : found.ok('key-encryption', 'settings.keys-encrypted');
}

/** Production has refused to start with these, unless ALLOW_INSECURE names them. */
function judgeSecrets({ embeddedIssuer, adminUser, adminPassword, cursorSecret, process }: AppConfig) {
  const own = { ADMIN_PASSWORD: adminPassword, KEY_ENCRYPTION_SECRET: process.keySecrets?.().join('\n') };
  const weak = weakSecrets({ CURSOR_SECRET: cursorSecret, ...(embeddedIssuer && own) }, adminUser);
  return weak.map(({ setting }) => found.warning('weak-secret', `settings.weak.${setting}`));
}

/** Whose tokens count, and for which audience. */
export function judgeTokenSources({ embeddedIssuer, trustedIssuers, fhirBase: base }: AppConfig): DoctorResult {
  if (!embeddedIssuer && trustedIssuers.length === 0) return found.failed('token-sources', 'settings.no-issuer');
  const other = trustedIssuers.find(({ audience }) => !audience.includes(base));
  if (other === undefined) return found.ok('audience', 'settings.audience', { base });
  const { issuer, audience } = other;
  return found.warning('audience', 'settings.audience-other', { issuer, audience: audience.join(', '), base });
}

/** The server itself speaks http, so behind https there is a proxy. */
function judgeProxies({ publicUrl, trustedProxies }: AppConfig): DoctorResult | undefined {
  if (!publicUrl.startsWith('https:')) return undefined;
  return trustedProxies.length === 0
    ? found.warning('trusted-proxies', 'settings.no-proxies')
    : found.ok('trusted-proxies', 'settings.proxies', { proxies: trustedProxies.join(', ') });
}

/** Room for the embedded database. That of other databases cannot be seen from here. */
export async function examineDisk({ databaseUrl, dataDir: folder }: AppConfig): Promise<readonly DoctorResult[]> {
  if (databaseUrl !== undefined) return [];
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  if (free === undefined) return [found.skipped('disk', 'settings.disk-absent', { folder })];
  const values = { free: sizeOf(free), folder };
  if (free < tooFewBytes) return [found.failed('disk', 'settings.disk-full', values)];
  return [
    free < scarceBytes ? found.warning('disk', 'settings.disk', values) : found.ok('disk', 'settings.disk', values),
  ];
}
