import { fetchDeadline, type Fetching } from '../../auth/keys/bounded-fetch.js';
import { fetchPublishedMetadata } from '../../auth/keys/issuer-metadata.js';
import { KeysUnreachable } from '../../auth/keys/key-source.js';
import { RemoteKeys } from '../../auth/keys/remote-keys.js';
import type { SignatureAlgorithm } from '../../auth/keys/signature-algorithms.js';
import { misfit, readVerificationKeys, type VerificationKey } from '../../auth/keys/verification-keys.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { clockOffset, judgeClock } from './clock.js';
import { type DoctorResult, resultsOf, type Recorder } from '../doctor-result.js';
import { examineTls } from './tls.js';
import { joined, type Phrase, phrase, type Value } from '../words/say.js';

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

/** Metadata of the issuer, or why that cannot be had. */
export async function fetchPublished({
  issuer,
  fetching,
}: Pick<KnownIssuer, 'issuer' | 'fetching'>): Promise<Published | Phrase> {
  if (!URL.canParse(issuer)) return phrase('no-address');
  const askedAt = Date.now();
  try {
    const { document, headers } = await fetchPublishedMetadata(issuer, fetchDeadline(), fetching);
    return { metadata: document, offset: clockOffset(headers, askedAt, Date.now()) };
  } catch (error) {
    return reasonOf(error);
  }
}

export async function judgePublished(
  known: KnownIssuer,
  published: Published | Phrase,
  clockSkew: number,
): Promise<readonly DoctorResult[]> {
  const group = `issuer ${cleaned(known.issuer)}`;
  const found = resultsOf(group, known.setting);
  const isLookedAt = known.issuer.startsWith('https:') && !known.fetching;
  const tls = isLookedAt ? examineTls(group, known.issuer, known.setting) : [];
  if ('key' in published)
    return [unreachable(found, known, published), ...(await tls), ...(await examineKeys(found, known, known.jwksUri))];
  const { metadata, offset } = published;
  const jwksUri = known.jwksUri ?? metadata['jwks_uri'];
  return [
    found.ok('reachable', 'issuer.reachable'),
    judgeName(found, known, metadata['issuer']),
    ...(await tls),
    ...(await examineKeys(found, known, typeof jwksUri === 'string' ? jwksUri : undefined)),
    ...judgeIntrospection(found, known, metadata),
    ...(offset === undefined ? [] : [judgeClock(found, 'clock.of-issuer', offset, clockSkew)]),
  ];
}

const reasonOf = (error: unknown): Phrase =>
  error instanceof KeysUnreachable ? { key: error.problem, values: error.values } : phrase('unreadable');

function unreachable(found: Recorder, { setting, jwksUri, issuer }: KnownIssuer, why: Phrase): DoctorResult {
  if (jwksUri !== undefined) return found.skipped('reachable', 'issuer.unneeded', { why });
  return found.failed('reachable', 'issuer.unreachable', { why, address: cleaned(issuer.replace(/\/$/, '')), setting });
}

function judgeName(found: Recorder, { issuer, setting }: KnownIssuer, published: unknown): DoctorResult {
  if (published === issuer) return found.ok('issuer-equal', 'issuer.equal');
  const named = typeof published === 'string' ? cleaned(published) : phrase('none');
  const isSlash = typeof published === 'string' && published.replace(/\/$/, '') === issuer.replace(/\/$/, '');
  const slash = isSlash ? phrase('slash.only') : '';
  return found.failed('issuer-equal', 'issuer.other', { named, setting, issuer: cleaned(issuer), slash });
}

async function examineKeys(
  found: Recorder,
  known: KnownIssuer,
  jwksUri: string | undefined,
): Promise<readonly DoctorResult[]> {
  if (jwksUri === undefined) return [found.skipped('keys', 'issuer.keys-unknown')];
  try {
    const { jwks } = await new RemoteKeys(known.issuer, jwksUri, known.fetching).load();
    const keys = await readVerificationKeys(jwks);
    return [...judgeKeys(found, known, keys), ...judgeKids(found, known, keys)];
  } catch (error) {
    const { setting } = known;
    const values = { why: reasonOf(error), address: cleaned(jwksUri), setting };
    return [found.failed('keys', 'issuer.keys-unreachable', values)];
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
  const kind = setting === 'TRUSTED_ISSUERS' ? 'issuer' : 'provider';
  if (keys.length === 0) return [found.failed('keys', `${kind}.no-keys`)];
  if (usable.length === 0) {
    const values = { algorithms: algorithms.join(', '), keys: describeKeys(keys) };
    return [found.failed('keys', `${kind}.no-fitting-keys`, values)];
  }
  const counts = { usable: keys.length - useless.length, all: keys.length, algorithms: usable.join(', ') };
  return [
    found.ok('keys', 'issuer.keys', counts),
    ...(useless.length === 0
      ? []
      : [found.warning('keys-unused', 'issuer.keys-unused', { keys: describeKeys(useless), setting })]),
  ];
}

const describeKeys = (keys: readonly VerificationKey[]): Value => joined(keys.map(describeKey));

function describeKey({ kid, alg, key }: VerificationKey): Phrase {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const form = alg ?? namedCurve ?? 'RSA';
  const name = kid === undefined ? phrase('key.no-kid') : cleaned(kid);
  return modulusLength === undefined
    ? phrase('key.curve', { form, kid: name })
    : phrase('key.bits', { form, bits: modulusLength, kid: name });
}

function judgeKids(
  found: Recorder,
  { setting }: KnownIssuer,
  keys: readonly VerificationKey[],
): readonly DoctorResult[] {
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  const twice = [...new Set(kids.filter((kid, index) => kids.indexOf(kid) < index))];
  if (twice.length === 0) return [];
  return [
    found.failed('kid-unique', 'issuer.kid-twice', { kids: twice.map((one) => cleaned(one)).join(', '), setting }),
  ];
}

function judgeIntrospection(
  found: Recorder,
  { introspection, setting }: KnownIssuer,
  metadata: Readonly<Record<string, unknown>>,
): readonly DoctorResult[] {
  if (introspection === undefined) return [];
  if (introspection !== 'discovered' || typeof metadata['introspection_endpoint'] === 'string')
    return [found.ok('introspection', 'issuer.introspection')];
  return [found.failed('introspection', 'issuer.no-introspection', { setting })];
}
