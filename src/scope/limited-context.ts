import type { Access } from './access.js';
import type { Permission } from './grammar/permission.js';
import { RequestContext } from './request-context.js';

/** The accesses that an extension declared. */
export interface DeclaredLimits {
  /** Name of what declares them, such as `$hello`. */
  readonly by: string;
  permits(type: string, permission: Permission): boolean;
}

/** A defect of an extension: it asks for an access that it did not declare. Answered 500; the log has the message. */
export class UndeclaredAccess extends Error {
  override readonly name = 'UndeclaredAccess';

  constructor({ by }: DeclaredLimits, type: string, permission: Permission) {
    super(
      `${by} asked for ${type}.${permission}, which it did not declare. ` +
        `Add the permission ${permission} on ${type} to what it needs (access) or may use where the caller has it (also).`,
    );
  }
}

/** The context of a caller, limited to what an extension declared: never more than the caller's own (ADR 61). */
export class LimitedContext extends RequestContext {
  readonly #whole: RequestContext;

  constructor(
    whole: RequestContext,
    private readonly limits: DeclaredLimits,
  ) {
    const { principal, rules, trail, caller } = whole;
    super(principal, rules, trail, caller);
    this.#whole = whole;
  }

  /** Throws {@link UndeclaredAccess} for what was not declared, and Refused for what the caller may not do. */
  override accessTo<P extends Permission>(type: string, permission: P): Access<P> {
    if (!this.limits.permits(type, permission)) throw new UndeclaredAccess(this.limits, type, permission);
    return super.accessTo(type, permission);
  }

  override may(type: string, permission: Permission): boolean {
    return this.limits.permits(type, permission) && super.may(type, permission);
  }

  /** The caller's own context: for what the server does on the way, such as hooks of other extensions. */
  static wholeOf(context: RequestContext): RequestContext {
    return context instanceof LimitedContext ? LimitedContext.wholeOf(context.#whole) : context;
  }
}
