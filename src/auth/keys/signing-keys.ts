import { createPrivateKey, generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import type { PublicKey } from '../accounts/local-issuer.js';
import { isSealedWith, seal, unseal } from './signing-key-seal.js';
import {
  SigningKeyRepository,
  type NewSigningKey,
  type SigningKeyChanges,
  type StoredSigningKey,
} from '../storage/signing-key.repository.js';

const signingAlgorithm = 'RS256';
const hour = 3_600;
const day = 24 * hour;
/** A key signs for this long; then the next one takes over. */
const signsFor = 90 * day;
/** A key is published this long before it signs, so that caches of the key set have it in time. */
const publishedAhead = hour;
/** Age after which this process reloads its copy of the keys. */
const reloadAfterMs = 60_000;

const generateKeys = promisify(generateKeyPair);

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
}

interface KeySet {
  readonly signing: SigningKey;
  readonly published: readonly PublicKey[];
  readonly loadedAt: number;
}

/** The keys of the embedded issuer, shared by every server on the same database and rotated by whichever comes first. */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private loaded: KeySet | undefined;
  private loading: Promise<KeySet> | undefined;
  /** Secret that the keys were last sealed with. */
  private sealedWith: string | undefined;

  constructor(
    private readonly stored: SigningKeyRepository,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** A wrong secret stops the start, not the first login. */
  async onModuleInit(): Promise<void> {
    await this.reload();
  }

  async current(): Promise<SigningKey> {
    return (await this.fresh()).signing;
  }

  /** Newest first. */
  async published(): Promise<readonly PublicKey[]> {
    return (await this.fresh()).published;
  }

  /** Stores a key for the tenant of the current work if it has none, and keeps nothing of it: these may be the keys of another one. */
  ensureStored(): Promise<void> {
    return this.stored.change((changes) => this.renew(changes, this.secrets[0]));
  }

  reload(): Promise<KeySet> {
    this.loading ??= this.load().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async fresh(): Promise<KeySet> {
    const { loaded } = this;
    if (!loaded) return this.reload();
    if (performance.now() - loaded.loadedAt < reloadAfterMs) return loaded;
    // Known keys go on while the database is away.
    return this.reload().catch(() => loaded);
  }

  private async load(): Promise<KeySet> {
    const loadedAt = performance.now();
    let keys = await this.stored.published();
    const [secret] = this.secrets;
    if (needsSuccessor(keys) || (await this.needsSealing(keys, secret))) {
      await this.stored.change((changes) => this.renew(changes, secret));
      keys = await this.stored.published();
    }
    this.sealedWith = secret;
    const newest = signingKeyOf(keys);
    if (!newest) throw new Error('There is no signing key although one was just made');
    const signing = await this.open(newest);
    return (this.loaded = { signing, published: keys.map(toPublicKey), loadedAt });
  }

  /** Runs under the lock, on what the lock shows: another server may have been faster. */
  private async renew(changes: SigningKeyChanges, secret: string | undefined): Promise<void> {
    if (secret !== undefined) {
      for (const { kid, privateKey } of changes.keys) {
        if (await isSealedWith(privateKey, kid, secret)) continue;
        await changes.replacePrivateKey(kid, await seal(await unseal(privateKey, kid, this.secrets), kid, secret));
      }
    }
    if (!needsSuccessor(changes.keys)) return;
    const predecessor = signingKeyOf(changes.keys);
    const activatesIn = predecessor ? publishedAhead : 0;
    await changes.add(await newSigningKey(secret), activatesIn);
    if (predecessor) await changes.retire(predecessor.kid, activatesIn + this.outlives());
  }

  /** Longer than any token that the old key signed, also by a server whose copy of the keys or settings is older. */
  private outlives(): number {
    const { longestTokenTtl, tokenTtl, clockSkewSeconds } = this.options;
    return Math.max(day, 2 * (longestTokenTtl ?? tokenTtl) + clockSkewSeconds);
  }

  private async open({ kid, alg, privateKey }: StoredSigningKey): Promise<SigningKey> {
    if (this.loaded?.signing.kid === kid) return this.loaded.signing;
    return { kid, alg, privateKey: createPrivateKey(await unseal(privateKey, kid, this.secrets)) };
  }

  private get secrets(): readonly string[] {
    return this.options.keySecrets?.() ?? [];
  }

  /** True if some key is not sealed with this secret. Only a new secret is checked: the check is slow. */
  private async needsSealing(keys: readonly StoredSigningKey[], secret: string | undefined): Promise<boolean> {
    if (secret === undefined || secret === this.sealedWith) return false;
    const sealed = await Promise.all(keys.map(({ kid, privateKey }) => isSealedWith(privateKey, kid, secret)));
    return sealed.includes(false);
  }
}

/** A new pair of keys; the private one is sealed where there is a secret. */
export async function newSigningKey(secret?: string): Promise<NewSigningKey> {
  const kid = randomUUID();
  const { publicKey, privateKey } = await generateKeys('rsa', { modulusLength: 2048 });
  const { kty = '', n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return {
    kid,
    alg: signingAlgorithm,
    publicJwk: { kty, n, e },
    privateKey: secret === undefined ? pem : await seal(pem, kid, secret),
  };
}

/** The newest key that may sign already. */
const signingKeyOf = (newestFirst: readonly StoredSigningKey[]): StoredSigningKey | undefined =>
  newestFirst.find((key) => key.secondsActive >= 0);

const needsSuccessor = ([newest]: readonly StoredSigningKey[]): boolean =>
  !newest || newest.secondsActive > signsFor - publishedAhead;

/** Member by member, so that nothing private can slip in. */
export const toPublicKey = ({ kid, alg, publicJwk: { kty, n, e } }: StoredSigningKey): PublicKey => ({
  kid,
  kty,
  alg,
  use: 'sig',
  n,
  e,
});
