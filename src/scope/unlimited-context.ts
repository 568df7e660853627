import type { Access } from './access.js';
import type { AccessTrail } from './access-trail.js';
import type { Permission } from './grammar/permission.js';
import { RequestContext } from './request-context.js';

/** Something limits what the caller may see of a type. */
export class AccessIsLimited extends Error {
  override readonly name = 'AccessIsLimited';
}

/**
 * Context that permits only unlimited accesses: no compartment, scope criterion, policy, label or Consent. So rows that
 * are read under it need no judgement by data that may be out of date. Others throw {@link AccessIsLimited}.
 */
export class UnlimitedContext extends RequestContext {
  /** `trail`: a trail of its own. Throws {@link AccessIsLimited} for a caller with other scopes than `system/`. */
  static of({ principal, rules, caller }: RequestContext, trail: AccessTrail | undefined): UnlimitedContext {
    const { usable } = rules.scopesOf(principal);
    if (usable.some(({ context }) => context !== 'system')) throw new AccessIsLimited();
    return new UnlimitedContext(principal, rules, trail, caller);
  }

  override accessTo<P extends Permission>(type: string, permission: P): Access<P> {
    const access = super.accessTo(type, permission);
    if (!access.unrestricted || access.policies.length > 0) throw new AccessIsLimited();
    // AuditEvents are made when somebody looks for them.
    if (type === 'AuditEvent') throw new AccessIsLimited();
    return access;
  }
}
