import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Refused } from '../refusal/refusal.js';
import { Authenticator } from './authenticator.js';
import { type JwtStrategyOptions, jwtStrategyName } from './jwt.strategy.js';
import { Public } from './public.decorator.js';
import type { AuthenticatedRequest } from './credentials/request-credentials.js';

/** Lets a request pass once it has a principal, unless the route is `@Public()`; otherwise throws a Refused with every reason. */
@Injectable()
export class JwtAuthGuard extends AuthGuard(jwtStrategyName) {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // The gate of the FHIR base decided before.
    if (requestOf(context).principal) return true;
    const isPublic = this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()]) !== undefined;
    return isPublic || this.authenticate(context);
  }

  /** The application's own, also where several applications or AuthModules share the process. */
  override getAuthenticateOptions(): JwtStrategyOptions {
    return { authenticator: this.authenticator };
  }

  override handleRequest<U>(error: unknown, user: U, info: unknown): U {
    if (info instanceof Refused) throw info;
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

const requestOf = (context: ExecutionContext): AuthenticatedRequest =>
  context.switchToHttp().getRequest<AuthenticatedRequest>();
