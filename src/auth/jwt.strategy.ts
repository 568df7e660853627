import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { signatureAlgorithms } from './keys/signature-algorithms.js';

/** A token and the one key its issuer's JWKS offers for it; takes the place of the HTTP request in the strategy. */
export interface Verification {
  readonly token: string;
  readonly key: KeyObject;
}

/** `undefined` when the signature verifies, else what the library found. */
export type VerificationFailure = { readonly message: string } | undefined;

/** Under a name of its own: Passport's registry is one per process, and an application may have another `jwt`. */
const strategyName = 'smart-access-token';

/**
 * Verifies signatures with Passport. It keeps nothing but its rules: key and token come with each call, so that several
 * applications in one process cannot take each other's keys. Claims are left to the checker, which knows the clock skew and
 * tells all failures; whoever uses this must have run it.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, strategyName) {
  constructor() {
    super({
      jwtFromRequest: (request) => (request as unknown as Verification).token,
      // A KeyObject is what the library makes of a PEM text anyway; its types know only the text.
      secretOrKeyProvider: (request: Verification, _token, done) => done(null, request.key as unknown as string),
      algorithms: [...signatureAlgorithms],
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  validate(claims: object): object {
    return claims;
  }

  /** Runs the strategy and returns every outcome as a value: nothing that happens inside becomes a 500 or a bare 401. */
  verify({ token, key }: Verification): Promise<VerificationFailure> {
    return new Promise((resolve) => {
      const done = (error: unknown, claims?: unknown, info?: unknown): void =>
        resolve(!error && claims ? undefined : { message: messageOf(error ?? info) });
      try {
        passport.authenticate(strategyName, { session: false }, done)({ token, key }, {}, done);
      } catch (error) {
        done(error);
      }
    });
  }
}

const messageOf = (found: unknown): string => (found instanceof Error ? found.message : 'not verified');
