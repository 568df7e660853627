import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Refused } from '../refusal/refusal.js';
import { Authenticator } from './authenticator.js';
import { Public } from './public.decorator.js';
import { credentialSource, type AuthenticatedRequest } from './credentials/request-credentials.js';

/**
 * Lets a request pass once it has a principal, unless the route is `@Public()`. Passport runs behind the Authenticator and its
 * cache, not in the guard, so that every failure keeps its reasons.
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.principal) return true;
    const isPublic = this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()]) !== undefined;
    return isPublic || this.authenticate(request);
  }

  private async authenticate(request: AuthenticatedRequest): Promise<true> {
    const answer = await this.authenticator.authenticate(credentialSource(request));
    if (!('principal' in answer)) throw new Refused(answer.refusals, answer);
    request.principal = answer.principal;
    request.user = answer.principal;
    return true;
  }
}
