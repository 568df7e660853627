import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Refused } from '../refusal/refusal.js';
import { AccessRules } from './access-rules.js';
import { type GuardedRequest, RequestContext } from './request-context.js';
import { Requires } from './requires.decorator.js';

/**
 * Gives a request its {@link RequestContext} and refuses early what `@Requires` rules out. Stands behind a guard that sets
 * `request.principal`; rows are judged in SQL, never here.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(AccessRules) private readonly rules: AccessRules,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<GuardedRequest>();
    if (request.principal) request.fhirContext ??= new RequestContext(request.principal, this.rules);
    const required = this.reflector.getAllAndOverride(Requires, [execution.getHandler(), execution.getClass()]);
    if (!required) return true;
    if (!request.fhirContext) throw noCredentials();
    const type = required.type ?? request.params?.['type'];
    if (type === undefined) throw new Error('@Requires without a type needs a path parameter "type".');
    request.fhirContext.accessTo(type, required.permission);
    return true;
  }
}

const noCredentials = (): Refused =>
  new Refused([
    {
      code: 'no-credentials',
      fact: 'The request carries no credentials.',
      cure: 'Send Authorization: Bearer <access token>.',
    },
  ]);
