import type { NotAuthenticated } from '../auth/authentication.js';
import type { Principal } from '../auth/principal.js';
import type { Interaction, NoInteraction } from '../r4/rest/interaction.js';
import { Refused, type Refusal } from '../refusal/refusal.js';
import type { AdminArea } from './grammar/admin-scope.js';
import type { Permission } from './grammar/permission.js';
import type { PurposeClaim } from './consent/purpose-of-use.js';
import type { RequestContext } from './request-context.js';
import type { Need } from './explain/scope-refusals.js';

/**
 * Access that an operation declares: a valid token is enough, the audit of the caller's own record, or permissions on
 * its type (default: the addressed one).
 */
export type DeclaredAccess = 'any-token' | 'own-audit' | readonly (DeclaredNeed | DeclaredRight)[];

/** A right to administer (docs/adr/0037). */
export interface DeclaredRight {
  readonly administers: AdminArea;
  readonly permission: Permission;
}

/** A permission on a type; on the addressed one, if none is named. */
export interface DeclaredNeed {
  readonly permission: Permission;
  readonly type?: string;
  /** On every row, without a limit; of every type, where none is addressed. */
  readonly everyRow?: true;
  /** It concerns data of many patients: users have it only to read, and where the server lets them (setting EXPORT_FOR_USERS). */
  readonly ofMachines?: true;
}

/** A caller whose credentials count, or the reasons why they do not. */
export type Caller = RequestContext | NotAuthenticated;

/** A parsed request line, and the access that the operation in it declares. */
export interface AccessRequest {
  readonly interaction: Interaction | NoInteraction;
  readonly declared?: DeclaredAccess | undefined;
  /** Purpose that the request states. */
  readonly purpose?: PurposeClaim | undefined;
}

/**
 * The decision from token and request line alone (docs/adr/0005). It keeps its inputs, so that every step can be
 * explained afterwards (trace.ts) and costs nothing until somebody asks.
 */
export class Decision {
  constructor(
    readonly caller: Caller,
    readonly request: AccessRequest,
    /** Permissions that the request needs; `*` is some type. */
    readonly needs: readonly Need[],
    /** Every reason against it, in the order of the checks; empty when it is permitted. */
    readonly refusals: readonly Refusal[],
  ) {}

  get isPermitted(): boolean {
    return this.refusals.length === 0;
  }

  /** Undefined when the credentials do not count. */
  get principal(): Principal | undefined {
    return isKnown(this.caller) ? this.caller.principal : undefined;
  }

  /** Throws {@link Refused} with every reason. */
  require(): void {
    const [first, ...others] = this.refusals;
    if (first) throw new Refused([first, ...others], isKnown(this.caller) ? {} : this.caller);
  }
}

export const isKnown = (caller: Caller): caller is RequestContext => 'principal' in caller;
