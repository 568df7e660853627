import { Inject, Injectable, Optional } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { Refused, type Refusal } from '../../refusal/refusal.js';
import {
  administratorNeeded,
  adminScopesOf,
  type RightsHolder,
  mayAdministerAs,
  missingRight,
  principalOf,
} from './admin-rights.js';
import { type AdminArea, rightText } from '../grammar/admin-scope.js';
import type { Permission } from '../grammar/permission.js';
import { scopeWithin } from '../grammar/smart-scope.js';

/**
 * The rights to administer that a caller has now: in guards, and wherever a hook or an interaction has a principal or a
 * RequestContext. The token has to carry a right, and the account has to have it still: tokens and their cache are slower.
 */
@Injectable()
export class Administration {
  constructor(@Optional() @Inject(LocalAccounts) private readonly accounts?: LocalAccounts) {}

  /** Throws {@link Refused} (`administrator-needed`) that names the one right that is missing, such as `admin/Policy.u`. */
  async require(caller: RightsHolder | undefined, area: AdminArea, permission: Permission): Promise<void> {
    const missing = await this.missing(caller, area, permission);
    if (missing) throw new Refused([missing]);
  }

  async may(caller: RightsHolder | undefined, area: AdminArea, permission: Permission): Promise<boolean> {
    return (await this.missing(caller, area, permission)) === undefined;
  }

  /** The refusal that stands against it, to go beside others; undefined where the caller has the right. */
  async missing(
    caller: RightsHolder | undefined,
    area: AdminArea,
    permission: Permission,
  ): Promise<Refusal | undefined> {
    const lacking = missingRight(caller, area, permission);
    if (lacking || !caller) return lacking;
    const right = rightText(area, permission);
    const principal = principalOf(caller);
    if (!principal.local) return undefined;
    const account = await this.accounts?.findActiveByName(principal.subject);
    if (account && this.isGranted(account, right)) return undefined;
    return administratorNeeded(right, `The user is not granted ${right} any more.`);
  }

  private isGranted({ grants, fhirUser }: UserAccount, right: string): boolean {
    return mayAdministerAs(fhirUser) && adminScopesOf(grants).some((granted) => scopeWithin(right, granted));
  }
}
