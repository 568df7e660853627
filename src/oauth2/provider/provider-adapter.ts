import type { Adapter, AdapterPayload } from 'oidc-provider';
import { hashOpaque } from '../../auth/hash-opaque.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { OauthArtifactRepository, StoredArtifact } from '../storage/oauth-artifact.repository.js';
import type { Grants } from './grants.js';
import { errors } from './oidc-library.js';

/** A client on a bad line may not have got the answer: for so long a used refresh token gets the same successor. */
export const refreshGraceSeconds = 30;

/** Names that come only once: another server that adds the same one at the same moment has lost. */
const addedOnce: ReadonlySet<string> = new Set(['ReplayDetection', 'RefreshToken']);

/** Storage of oidc-provider for codes, tokens, sessions and interactions: in PostgreSQL, by the hash of their text. */
export class ArtifactAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly stored: OauthArtifactRepository,
    private readonly grants: Grants,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { jti: _, ...kept } = payload;
    const artifact = {
      model: this.model,
      hash: hashOpaque(id),
      payload: kept as unknown as JsonObject,
      grantId: payload.grantId ?? null,
      uid: this.model === 'Session' ? (payload.uid ?? null) : null,
      ttlSeconds: Math.max(1, Math.ceil(expiresIn)),
    };
    if (!addedOnce.has(this.model)) return this.stored.put(artifact);
    const isNew = await this.stored.add(artifact);
    if (!isNew && this.model === 'ReplayDetection') {
      throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.stored.find(this.model, hashOpaque(id));
    return found && { ...this.payloadOf(found), jti: id };
  }

  /** The id of a session is its cookie, which only the browser knows; what is found here must not be saved again. */
  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = await this.stored.findByUid(this.model, uid);
    return found && this.payloadOf(found);
  }

  /** There is no device flow. */
  async findByUserCode(): Promise<undefined> {}

  /** If two servers redeem one code, the later one counts as reuse. */
  async consume(id: string): Promise<void> {
    if (await this.stored.use(this.model, hashOpaque(id))) return;
    const found = await this.stored.find(this.model, hashOpaque(id));
    if (found && this.model === 'RefreshToken' && isInGrace(found)) return;
    const grantId = found?.payload['grantId'];
    if (typeof grantId === 'string') await this.grants.end(grantId);
    throw new errors.InvalidGrant('already consumed');
  }

  destroy(id: string): Promise<void> {
    return this.stored.remove(this.model, hashOpaque(id));
  }

  /** Asked for each model in turn; ending the grant takes everything that came of it. */
  revokeByGrantId(grantId: string): Promise<void> {
    return this.model === 'AccessToken' ? this.grants.end(grantId) : Promise.resolve();
  }

  private payloadOf(found: StoredArtifact): AdapterPayload {
    const payload = found.payload as unknown as AdapterPayload;
    const isUsed = found.usedSecondsAgo !== null && !(this.model === 'RefreshToken' && isInGrace(found));
    return isUsed ? { ...payload, consumed: Math.floor(Date.now() / 1000 - found.usedSecondsAgo) } : payload;
  }
}

const isInGrace = ({ usedSecondsAgo }: StoredArtifact): boolean =>
  usedSecondsAgo !== null && usedSecondsAgo <= refreshGraceSeconds;
