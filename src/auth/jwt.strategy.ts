import passport from 'passport';
import type { Authentication, Authenticator } from './authenticator.js';
import { CredentialsRefused } from './credentials/credentials-refused.js';
import { type AuthenticatedRequest, credentialSource } from './credentials/request-credentials.js';

/** Name of the strategy, for guards such as `AuthGuard(['smart-jwt', 'api-key'])`. */
export const jwtStrategyName = 'smart-jwt';

/** Options that a guard may pass to the strategy. */
export interface JwtStrategyOptions {
  /** Findings about the credentials; otherwise the Authenticator of the application that received the request is asked. */
  readonly found?: Authentication | Promise<Authentication> | undefined;
}

/**
 * The Passport strategy for SMART access tokens. Passport's registry is one per process, so this keeps nothing of an
 * application: each request is judged by the Authenticator of the application that received it (docs/adr/0058).
 */
class JwtStrategy extends passport.Strategy {
  override readonly name = jwtStrategyName;

  /** Sets `principal` of the request, or fails with {@link CredentialsRefused}. */
  override authenticate(request: object, { found }: JwtStrategyOptions): void {
    this.decide(request, found).catch((error: unknown) => this.error(error));
  }

  private async decide(request: AuthenticatedRequest, asked: JwtStrategyOptions['found']): Promise<void> {
    // A guard decided before.
    if (request.principal) return this.success(request.principal);
    const found = await (asked ?? authenticatorOf(request).authenticate(credentialSource(request)));
    if ('refusals' in found) {
      const refused = new CredentialsRefused(found);
      return this.fail(refused, refused.status);
    }
    request.principal = found.principal;
    this.success(found.principal);
  }
}

const strategy = new JwtStrategy();

/** Authenticators of the application that each HTTP server serves. */
const authenticators = new WeakMap<object, readonly Authenticator[]>();

/** Makes the strategy known to Passport, and the Authenticator of an application to the strategy. */
export function useJwtStrategy(server: object, authenticator: Authenticator): void {
  passport.use(strategy);
  authenticators.set(server, [...(authenticators.get(server) ?? []), authenticator]);
}

function authenticatorOf({ app, server }: AuthenticatedRequest): Authenticator {
  const [found, ...others] = authenticators.get(app ?? server ?? {}) ?? [];
  if (!found) {
    throw new Error(
      `The application that received the request has no AuthModule, so '${jwtStrategyName}' trusts nobody.`,
    );
  }
  if (others.length > 0) {
    throw new Error(`The application has several AuthModules, so '${jwtStrategyName}' needs the JwtAuthGuard of one.`);
  }
  return found;
}
