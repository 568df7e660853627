import { type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { inSpan } from '../observability/in-span.js';
import { Authenticator } from './authenticator.js';
import { CredentialsRefused, REFUSAL_DETAILS, type RefusalDetails } from './credentials/credentials-refused.js';
import { type AuthenticatedRequest, credentialSource } from './credentials/request-credentials.js';
import { type JwtStrategyOptions, jwtStrategyName } from './jwt.strategy.js';
import { PerRoute } from './per-route.js';
import { Public } from './public.decorator.js';

/** Lets a request pass once it has a principal, unless the route is `@Public()`; otherwise throws a Refused with every reason. */
@Injectable()
export class JwtAuthGuard extends AuthGuard(jwtStrategyName) {
  private readonly findings = new WeakMap<object, JwtStrategyOptions['found'] & object>();

  private readonly isPublic: PerRoute<boolean>;

  constructor(
    reflector: Reflector,
    private readonly authenticator: Authenticator,
    @Optional() @Inject(REFUSAL_DETAILS) private readonly details?: RefusalDetails,
  ) {
    super();
    this.isPublic = new PerRoute((route) => reflector.getAllAndOverride(Public, route) !== undefined);
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    // The guard runs twice where it also guards the whole application.
    if (request.principal) return true;
    if (this.isPublic.of(context)) return true;
    // The application's own Authenticator, also where several applications or AuthModules share the process.
    const found = this.authenticator.authenticate(credentialSource(request));
    if (found instanceof Promise || 'refusals' in found) {
      this.findings.set(request, found);
      return inSpan('authenticate', () => this.authenticate(context));
    }
    // Passport would say the same of a token that was verified lately, at some cost.
    request.principal = request.user = found.principal;
    return true;
  }

  override getAuthenticateOptions(context: ExecutionContext): JwtStrategyOptions {
    return { found: this.findings.get(requestOf(context)) };
  }

  override handleRequest<U>(error: unknown, user: U, info: unknown, context: ExecutionContext): U {
    if (info instanceof CredentialsRefused) {
      this.details?.refuse(info, requestOf(context));
      throw info;
    }
    if (error) throw error;
    return user;
  }

  private async authenticate(context: ExecutionContext): Promise<true> {
    await super.canActivate(context);
    if (requestOf(context).principal) return true;
    // Passport's registry is one per process: a strategy of somebody else let the request pass, and it knows no principal.
    throw new Error(`Another Passport strategy of this process is named '${jwtStrategyName}'. Give it another name.`);
  }
}

/** By its place, here and in other parts of each request: the three closures that `switchToHttp` adds to the context let the request grow old. */
const requestOf = (context: ExecutionContext): AuthenticatedRequest => context.getArgByIndex<AuthenticatedRequest>(0);
