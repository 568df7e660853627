import { Injectable } from '@nestjs/common';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import type { LaunchContext } from '../../launch/launch-context.js';
import { OauthArtifactRepository } from '../../storage/oauth-artifact.repository.js';
import { Grants, type OauthGrant } from '../grants.js';

/** A refresh token that can still be used. */
export interface LiveRefreshToken {
  readonly grantId: string;
  readonly clientId: string;
  readonly account: string;
  readonly scope: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly context: LaunchContext;
}

interface RefreshTokenPayload {
  readonly grantId?: string;
  readonly scope?: string;
  readonly iat?: number;
  readonly exp?: number;
}

/** Refresh tokens as those ask who are told or shown one. */
@Injectable()
export class OauthRefreshTokens {
  constructor(
    private readonly artifacts: OauthArtifactRepository,
    private readonly grants: Grants,
  ) {}

  /** Undefined when it is unknown, used up or expired, or its grant has ended. */
  async find(token: string): Promise<LiveRefreshToken | undefined> {
    const stored = await this.artifacts.find('RefreshToken', hashOpaque(token));
    if (!stored || stored.usedSecondsAgo !== null) return undefined;
    const { grantId = '', scope = '', iat = 0, exp = 0 } = stored.payload as RefreshTokenPayload;
    const grant = await this.grants.find(grantId);
    if (!grant) return undefined;
    const { clientId, account, context } = grant;
    return { grantId, clientId, account, scope, issuedAt: iat, expiresAt: exp, context };
  }

  /** Returns the grant, also of a used token: its holder may end what came of it. */
  async grantOf(token: string): Promise<OauthGrant | undefined> {
    const stored = await this.artifacts.find('RefreshToken', hashOpaque(token));
    const { grantId } = (stored?.payload ?? {}) as RefreshTokenPayload;
    return grantId === undefined ? undefined : this.grants.find(grantId);
  }
}
