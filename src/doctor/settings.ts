import { statfs } from 'node:fs/promises';
import type { AppConfig } from '../config/app-config.js';
import { weakSecrets } from '../config/weak-secrets.js';
import { sizeOf } from './database.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('settings');
const scarceBytes = 1_000_000_000;
const tooFewBytes = 100_000_000;

/** Judges settings that are all valid by themselves. */
export function judgeSettings(config: AppConfig): readonly DoctorResult[] {
  return [
    ...config.warnings.map((line) => found.warning('unknown', line, 'Correct the name, or take the variable away.')),
    judgeKeyEncryption(config),
    ...judgeSecrets(config),
    judgeTokenSources(config),
    judgeProxies(config),
  ].filter((finding) => finding !== undefined);
}

function judgeKeyEncryption({ embeddedIssuer, process: { keySecrets } }: AppConfig): DoctorResult | undefined {
  if (!embeddedIssuer) return undefined;
  return keySecrets === undefined
    ? found.warning(
        'key-encryption',
        'The keys that sign tokens lie unencrypted in the database: whoever reads a backup can make tokens.',
        'Set KEY_ENCRYPTION_SECRET (openssl rand -base64 32); keys that are there are encrypted at the next start.',
      )
    : found.ok('key-encryption', 'The keys that sign tokens are encrypted at rest.');
}

/** Production has refused to start with these, unless ALLOW_INSECURE names them. */
function judgeSecrets({ embeddedIssuer, adminUser, adminPassword, cursorSecret, process }: AppConfig) {
  const own = { ADMIN_PASSWORD: adminPassword, KEY_ENCRYPTION_SECRET: process.keySecrets?.().join('\n') };
  const weak = weakSecrets({ CURSOR_SECRET: cursorSecret, ...(embeddedIssuer && own) }, adminUser);
  return weak.map(({ setting, fact, cure }) => found.warning('weak-secret', `${setting} ${fact}.`, cure));
}

function judgeTokenSources({ embeddedIssuer, trustedIssuers, fhirBase }: AppConfig): DoctorResult {
  if (!embeddedIssuer && trustedIssuers.length === 0)
    return found.failed(
      'token-sources',
      'No token can ever count: there is neither an embedded nor a trusted issuer.',
      'Set EMBEDDED_ISSUER=on, or name an issuer in TRUSTED_ISSUERS.',
    );
  const other = trustedIssuers.find(({ audience }) => !audience.includes(fhirBase));
  if (other === undefined) return found.ok('audience', `Tokens count that are made out for ${fhirBase}.`);
  return found.warning(
    'audience',
    `Tokens of ${other.issuer} count for ${other.audience.join(', ')}, not for ${fhirBase}, which SMART apps ask for.`,
    'Nothing, if the issuer turns one into the other; else add the FHIR base to "audience" in TRUSTED_ISSUERS.',
  );
}

/** The server itself speaks http, so behind https there is a proxy. */
function judgeProxies({ publicUrl, trustedProxies }: AppConfig): DoctorResult | undefined {
  if (!publicUrl.startsWith('https:')) return undefined;
  return trustedProxies.length === 0
    ? found.warning(
        'trusted-proxies',
        'PUBLIC_URL is https, so a proxy stands before this server, and none is trusted: all clients seem to come from one address, which failed logins then lock out together.',
        'Name the addresses of the proxy in TRUSTED_PROXIES.',
      )
    : found.ok('trusted-proxies', `Forwarded headers count from ${trustedProxies.join(', ')}.`);
}

/** Room for the embedded database. That of other databases cannot be seen from here. */
export async function examineDisk({ databaseUrl, dataDir }: AppConfig): Promise<readonly DoctorResult[]> {
  if (databaseUrl !== undefined) return [];
  const free = await statfs(dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  if (free === undefined) return [found.skipped('disk', `${dataDir} is not there yet.`)];
  const fact = `${sizeOf(free)} are free for ${dataDir}.`;
  const cure = 'Make room, or choose a larger disk with DATA_DIR.';
  if (free < tooFewBytes) return [found.failed('disk', fact, `${cure} Writes fail when it is full.`)];
  return [free < scarceBytes ? found.warning('disk', fact, cure) : found.ok('disk', fact)];
}
