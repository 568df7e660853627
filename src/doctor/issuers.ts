import { fetchDeadline, type Fetching } from '../auth/keys/bounded-fetch.js';
import { fetchPublishedMetadata } from '../auth/keys/issuer-metadata.js';
import { KeysUnreachable } from '../auth/keys/key-source.js';
import { RemoteKeys } from '../auth/keys/remote-keys.js';
import type { SignatureAlgorithm } from '../auth/keys/signature-algorithms.js';
import { misfit, readVerificationKeys, type VerificationKey } from '../auth/keys/verification-keys.js';
import { cleaned } from '../auth/token-refusal.js';
import { clockOffset, judgeClock } from './clock.js';
import { type DoctorResult, resultsOf, type Recorder } from './doctor-result.js';
import { examineTls } from './tls.js';

/** An issuer as the settings name it: of `TRUSTED_ISSUERS`, or of `LOGIN_PROVIDERS`. */
export interface KnownIssuer {
  readonly setting: 'TRUSTED_ISSUERS' | 'LOGIN_PROVIDERS';
  readonly issuer: string;
  readonly jwksUri?: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Address where this server asks it about tokens, if it does; `discovered` when the metadata has to say it. */
  readonly introspection?: string;
  /** Judges addresses first, where a caller named the issuer; a connection that looks at TLS alone is not made then. */
  readonly fetching?: Fetching;
}

export interface Published {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly offset: number | undefined;
}

/** Examines one issuer: that it answers, is the right one, and has usable keys. */
export const examineIssuer = async (known: KnownIssuer, clockSkew: number): Promise<readonly DoctorResult[]> =>
  judgePublished(known, await fetchPublished(known), clockSkew);

/** What the issuer publishes, or why that cannot be had. */
export async function fetchPublished({ issuer, fetching }: KnownIssuer): Promise<Published | string> {
  if (!URL.canParse(issuer)) return 'its name is not an address';
  const askedAt = Date.now();
  try {
    const { document, headers } = await fetchPublishedMetadata(issuer, fetchDeadline(), fetching);
    return { metadata: document, offset: clockOffset(headers, askedAt, Date.now()) };
  } catch (error) {
    return messageOf(error);
  }
}

export async function judgePublished(
  known: KnownIssuer,
  published: Published | string,
  clockSkew: number,
): Promise<readonly DoctorResult[]> {
  const group = `issuer ${cleaned(known.issuer)}`;
  const found = resultsOf(group);
  const isLookedAt = known.issuer.startsWith('https:') && !known.fetching;
  const tls = isLookedAt ? examineTls(group, known.issuer) : [];
  if (typeof published === 'string')
    return [unreachable(found, known, published), ...(await tls), ...(await examineKeys(found, known, known.jwksUri))];
  const { metadata, offset } = published;
  const jwksUri = known.jwksUri ?? metadata['jwks_uri'];
  return [
    found.ok('reachable', 'It publishes its metadata.'),
    judgeName(found, known, metadata['issuer']),
    ...(await tls),
    ...(await examineKeys(found, known, typeof jwksUri === 'string' ? jwksUri : undefined)),
    ...judgeIntrospection(found, known, metadata),
    ...(offset === undefined ? [] : [judgeClock(found, 'the issuer', offset, clockSkew)]),
  ];
}

const messageOf = (error: unknown): string =>
  error instanceof KeysUnreachable ? error.message : 'what it publishes cannot be read';

function unreachable(found: Recorder, { setting, jwksUri, issuer }: KnownIssuer, why: string): DoctorResult {
  const fact = `Its metadata cannot be had: ${why}.`;
  if (jwksUri !== undefined)
    return found.skipped('reachable', `${fact} The setting names its keys, so that tokens can be checked without it.`);
  return found.failed(
    'reachable',
    fact,
    `Open ${cleaned(issuer.replace(/\/$/, ''))}/.well-known/openid-configuration from this machine. If it is there for others, look at DNS, ` +
      `firewall and proxy; if it is nowhere, put "issuer" in ${setting} right, or name "jwksUri".`,
  );
}

function judgeName(found: Recorder, { issuer, setting }: KnownIssuer, named: unknown): DoctorResult {
  if (named === issuer) return found.ok('issuer-equal', 'Its metadata names the same issuer, letter by letter.');
  const text = typeof named === 'string' ? cleaned(named) : 'none';
  const isSlash = typeof named === 'string' && named.replace(/\/$/, '') === issuer.replace(/\/$/, '');
  return found.failed(
    'issuer-equal',
    `Its metadata names the issuer ${text}, ${setting} has ${cleaned(issuer)}.${isSlash ? ' Only the slash at the end differs.' : ''}`,
    `Tokens say what the metadata says: write "issuer":"${text}" in ${setting}.`,
  );
}

async function examineKeys(
  found: Recorder,
  known: KnownIssuer,
  jwksUri: string | undefined,
): Promise<readonly DoctorResult[]> {
  if (jwksUri === undefined)
    return [found.skipped('keys', 'Where its keys are is not known while its metadata is not.')];
  try {
    const { jwks } = await new RemoteKeys(known.issuer, jwksUri, known.fetching).load();
    const keys = await readVerificationKeys(jwks);
    return [...judgeKeys(found, known, keys), ...judgeKids(found, keys)];
  } catch (error) {
    return [
      found.failed(
        'keys',
        `Its keys cannot be had: ${messageOf(error)}.`,
        `Open ${cleaned(jwksUri)} from this machine; if it is the wrong address, name "jwksUri" in ${known.setting}.`,
      ),
    ];
  }
}

/** Keys and the list of algorithms have to meet, or no token of this issuer ever counts. */
function judgeKeys(
  found: Recorder,
  { algorithms, setting }: KnownIssuer,
  keys: readonly VerificationKey[],
): readonly DoctorResult[] {
  const usable = algorithms.filter((algorithm) => keys.some((key) => misfit(key, algorithm) === undefined));
  const useless = keys.filter((key) => algorithms.every((algorithm) => misfit(key, algorithm) !== undefined));
  if (usable.length === 0)
    return [
      found.failed(
        'keys',
        keys.length === 0
          ? 'Its key set has no key that verifies signatures (RSA from 2048 bits, or EC).'
          : `None of its keys fits ${algorithms.join(', ')}: ${keys.map(describeKey).join(', ')}.`,
        setting === 'TRUSTED_ISSUERS'
          ? 'Let the issuer sign with one of these algorithms, or name the one it signs with in "algorithms" of TRUSTED_ISSUERS.'
          : 'Let the provider sign ID tokens with one of these algorithms.',
      ),
    ];
  const fact = `Keys that can be used: ${keys.length - useless.length} of ${keys.length}, for ${usable.join(', ')}.`;
  if (useless.length === 0) return [found.ok('keys', fact)];
  return [
    found.ok('keys', fact),
    found.warning(
      'keys-unused',
      `Tokens signed with these keys are refused: ${useless.map(describeKey).join(', ')}.`,
      `Nothing, if it signs access tokens with others; else name the algorithm in "algorithms" of ${setting}.`,
    ),
  ];
}

function describeKey({ kid, alg, key }: VerificationKey): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const form = alg ?? (namedCurve === undefined ? `RSA` : namedCurve);
  return `${form}${modulusLength === undefined ? '' : ` of ${modulusLength} bits`} ${kid === undefined ? 'without kid' : cleaned(kid)}`;
}

function judgeKids(found: Recorder, keys: readonly VerificationKey[]): readonly DoctorResult[] {
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  const twice = [...new Set(kids.filter((kid, index) => kids.indexOf(kid) < index))];
  if (twice.length === 0) return [];
  return [
    found.failed(
      'kid-unique',
      `Several of its keys have the same kid: ${twice.map((one) => cleaned(one)).join(', ')}.`,
      'Each key of a key set needs a kid of its own; tokens that name such a kid are refused.',
    ),
  ];
}

function judgeIntrospection(
  found: Recorder,
  { introspection, setting }: KnownIssuer,
  metadata: Readonly<Record<string, unknown>>,
): readonly DoctorResult[] {
  if (introspection === undefined) return [];
  if (introspection !== 'discovered' || typeof metadata['introspection_endpoint'] === 'string')
    return [found.ok('introspection', 'Where it is asked about tokens is known.')];
  return [
    found.failed(
      'introspection',
      'It is to be asked about tokens, and its metadata names no introspection_endpoint.',
      `Name "introspection":{"endpoint":…} in ${setting}, or switch introspection on at the issuer.`,
    ),
  ];
}
