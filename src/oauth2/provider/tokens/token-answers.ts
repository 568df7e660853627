import { Inject, Injectable } from '@nestjs/common';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { hashOpaque } from '../../../auth/hash-opaque.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { OauthArtifactRepository } from '../../storage/oauth-artifact.repository.js';
import { Grants } from '../grants.js';
import { appearanceMembers, launchMembers } from './launch-members.js';
import { FirstPartyGrants } from '../first-party-grants.js';
import { judgedTokenOf } from '../mounted-request.js';
import { styleAddress } from '../smart-style.js';
import { TokenIntrospection } from './token-introspection.js';
import { TokenRevocation } from './token-revocation.js';

type Next = () => Promise<unknown>;

/** Completes what oidc-provider answers: it has authenticated the client and issued tokens, the rest is SMART's and ours. */
@Injectable()
export class TokenAnswers {
  constructor(
    private readonly grants: Grants,
    private readonly artifacts: OauthArtifactRepository,
    private readonly introspection: TokenIntrospection,
    private readonly revocation: TokenRevocation,
    private readonly firstParty: FirstPartyGrants,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  readonly complete = async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next();
    if (ctx.status !== 200 || (ctx.oidc as unknown) === undefined) return;
    const { route, client } = ctx.oidc;
    if (route === 'token') return this.completeToken(ctx);
    const token = judgedTokenOf(ctx.req);
    if (client === undefined || token === undefined) return;
    if (route === 'introspection') ctx.body = await this.introspection.answerTo(client.clientId, token);
    if (route === 'revocation') await this.revocation.revoke(client.clientId, token);
  };

  private async completeToken(ctx: KoaContextWithOIDC): Promise<void> {
    const { AccessToken: token } = ctx.oidc.entities;
    if (token?.grantId === undefined) return;
    await this.keepAlive(ctx, token.grantId);
    const grant = await this.grants.find(token.grantId);
    if (!grant) return;
    if (ctx.oidc.params?.['grant_type'] === 'authorization_code') await this.firstParty.replaceNarrower(grant);
    const available = await this.firstParty.availableScopes(grant.clientId, grant.account);
    const style = styleAddress(this.options.issuer);
    Object.assign(ctx.body as object, launchMembers(grant.context), appearanceMembers(grant.context, style), {
      ...(available && { available_scopes: available.join(' ') }),
    });
  }

  /** Extends the session, so that users who come back in time need not log in again. */
  private async keepAlive({ oidc }: KoaContextWithOIDC, grantId: string): Promise<void> {
    const { RefreshToken: token, RotatedRefreshToken: used } = oidc.entities;
    if (oidc.params?.['grant_type'] !== 'refresh_token' || token?.jti === undefined) return;
    await this.grants.extend(grantId);
    if (used === undefined) {
      await this.artifacts.extend('RefreshToken', hashOpaque(token.jti), this.options.refreshTokenTtl);
    }
  }
}
