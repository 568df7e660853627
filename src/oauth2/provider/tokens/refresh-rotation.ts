import { createHmac } from 'node:crypto';
import { Provider, type OidcProvider } from '../oidc-library.js';

/** Part of oidc-provider's models that its types leave out. */
interface TokenModel {
  prototype: { generateTokenId(): string };
}

/**
 * The successor of a refresh token is derived from it, so that a request that is repeated since its answer was lost gets the
 * same one again, from whichever process, and none has to be stored.
 */
export function protectRefreshTokens(provider: OidcProvider, key: Buffer): void {
  const { prototype } = provider.RefreshToken as unknown as TokenModel;
  const random = prototype.generateTokenId.bind(prototype);
  prototype.generateTokenId = (): string => {
    const used = Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti;
    if (used === undefined) return random();
    return createHmac('sha256', key).update(used).digest('base64url');
  };
}
