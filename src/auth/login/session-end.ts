import { Injectable } from '@nestjs/common';
import { Refused } from '../../refusal/refusal.js';
import { LoginTokens } from './login-tokens.js';
import { Revocations } from '../accounts/revocations.js';
import { isRefreshToken } from './session-tokens.js';
import { refreshTokenInvalid, Sessions } from './sessions.js';
import { refusal } from '../refusals/token-refusal.js';

/** Logout, and revocation after https://www.rfc-editor.org/rfc/rfc7009 */
@Injectable()
export class SessionEnd {
  constructor(
    private readonly sessions: Sessions,
    private readonly tokens: LoginTokens,
    private readonly revocations: Revocations,
  ) {}

  /** Ends the session of the token with everything that came of it. Twice is as good as once. */
  async logout(token: string): Promise<void> {
    if (isRefreshToken(token)) {
      const session = await this.sessions.findByRefreshToken(token);
      if (!session)
        throw refreshTokenInvalid('This server does not know the refresh token, so there is no session to end.');
      return this.sessions.end(session.id);
    }
    const own = await this.tokens.read(token);
    if (own?.sessionId === undefined) throw notOurs();
    return this.sessions.end(own.sessionId);
  }

  /** A refresh token ends its session, an access token only itself; any other text changes nothing and is no error. */
  async revoke(token: string): Promise<void> {
    if (isRefreshToken(token)) {
      const session = await this.sessions.findByRefreshToken(token);
      if (session) await this.sessions.end(session.id);
      return;
    }
    const own = await this.tokens.read(token);
    if (own) await this.revocations.revokeToken(own.tokenId, own.expiresAt);
  }
}

const notOurs = (): Refused =>
  new Refused([
    refusal(
      'token-malformed',
      'The token is neither a refresh token nor a valid access token of a login here.',
      'Send the refresh_token of the login as JSON, or its access_token as Authorization: Bearer while it is valid.',
    ),
  ]);
