import { Inject, Injectable } from '@nestjs/common';
import { Refused } from '../refusal/refusal.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { Authenticator } from './authenticator.js';
import type { Principal } from './principal.js';
import type { Claims } from './token/strict-json.js';
import { principalOfToken } from './token/token-principal.js';
import { TrustedIssuers } from './issuers/trusted-issuers.js';

/** Callers by claims that this server would put into a token, for questions about them (ADR 140). No token is made. */
@Injectable()
export class ForeseenCallers {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly issuers: TrustedIssuers,
    private readonly authenticator: Authenticator,
  ) {}

  /** Goes the way of a token of the own issuer whose checks have passed. Throws {@link Refused} where a source of claims fails. */
  async of(payload: Claims): Promise<Principal> {
    const entry = this.issuers.find(payload['iss']);
    if (!entry?.isOwn) throw new Error('Only tokens of the own issuer are foreseen.');
    const { rules: issuer, isOwn } = entry;
    const { options } = this;
    const check = { header: {}, payload, issuer, isOwn, isTrusted: true, options, now: Date.now() / 1000 };
    const found = await this.authenticator.withClaims({ principal: principalOfToken(check) });
    if ('principal' in found) return found.principal;
    throw new Refused(found.refusals, found.status === undefined ? {} : { status: found.status });
  }
}
