import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { splitScopes } from '../../../auth/login/login-scopes.js';
import type { Principal } from '../../../auth/principal.js';
import { confidentialities } from '../../../r4/model/confidentiality.js';
import { AccessPolicies } from '../../../fhir/storage/policies/access-policies.js';
import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { adminScopesOf } from '../../../scope/administration/admin-rights.js';
import { everyAdminScope, isAdminScope } from '../../../scope/grammar/admin-scope.js';
import type { AccessPolicy } from '../../../scope/policies/policy.js';
import { type AnyScope, isWithin, readScope, scopeText } from '../../../scope/grammar/smart-scope.js';
import { clearanceOf, whyConsentIsLifted } from '../../../scope/consent/withheld.js';
import { accountPrincipal } from '../../pages/patients/account-principal.js';
import { intersectScopes, scopesOutside } from '../../scopes/intersect-scopes.js';
import type { ClientMetadata } from '../client-metadata.js';
import { accessesOf, areLimiting } from './policy-limits.js';

/** Part of an account that decides what its user may do. */
export type AccountTerms = Pick<
  UserAccount,
  'name' | 'grants' | 'fhirUser' | 'clearance' | 'breakGlass' | 'consentExempt' | 'ownIds'
>;

/** New rights of an account or client: the scopes that are new, and the principal whom labels, Consents and policies judge from then on. */
interface Gift {
  readonly to: string;
  readonly scopes: readonly string[];
  readonly receiver: Principal;
  /** Undefined if it is not raised. */
  readonly clearance?: Principal['clearance'];
  readonly breakGlass: boolean;
  readonly consentExempt: boolean;
  readonly ownIds: boolean;
}

/**
 * Limits what a caller gives to accounts and clients (docs/adr/0038): scopes, clearance, exemptions, and freedom from policies and
 * Consents that the caller has too. Each method throws {@link Refused} with everything that is too much.
 */
@Injectable()
export class Authority {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly rules: AccessRules,
    private readonly policies: AccessPolicies,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** Judges a new account, or what a change adds to one. With another `fhirUser` all scopes of the account count as new. */
  async requireToGive(caller: Principal, after: AccountTerms, before?: AccountTerms): Promise<void> {
    refuse(await this.excess(caller, this.giftOf(after, before)));
  }

  /**
   * Judges changes that let the caller act as the user, or stop the user: password, second factors, state, links. `admin/User.u` is
   * enough for users without rights to administer; for others the caller needs every right of theirs.
   */
  async requireOver(caller: Principal, account: UserAccount): Promise<void> {
    if (adminScopesOf(account.grants).length === 0) return;
    const excess = await this.excess(caller, this.giftOf(account));
    refuse(excess.map((one) => ({ ...one, fact: `${account.name} administers this server. ${one.fact}` })));
  }

  /** Judges a registration as a whole: its keys, secrets and redirect URIs give all rights of the client. */
  async requireForClient(caller: Principal, id: string | undefined, client: ClientMetadata): Promise<void> {
    const to = id ?? client.name;
    const scopes = client.scopes.filter((scope) => readScope(scope) !== undefined);
    const receiver: Principal = {
      issuer: this.options.issuer,
      local: true,
      subject: to,
      clientId: to,
      kind: 'machine',
      scopes,
      ...(client.clearance !== undefined && { clearance: client.clearance }),
      ...(client.consentExempt && { consentExempt: true }),
      userWithoutFhirUser: 'deny',
      expiresAt: Math.floor(Date.now() / 1000) + 60,
      claims: { iss: this.options.issuer, sub: to, client_id: to },
    };
    const acts = scopes.some(isOfMachines);
    refuse(
      await this.excess(caller, {
        to: `client ${to}`,
        scopes,
        receiver,
        ...(acts && { clearance: clearanceOf(receiver, this.rules.withholding) }),
        breakGlass: client.breakGlass === true,
        consentExempt: client.consentExempt === true,
        ownIds: client.ownIds === true,
      }),
    );
  }

  /** Judges a token with which clients register themselves: they may have all scopes that it names. */
  async requireForScopes(caller: Principal, scopes: readonly string[]): Promise<void> {
    const name = 'registration token';
    const client = { name, kind: 'public', grantTypes: [], redirectUris: [], origins: [], contacts: [] } as const;
    await this.requireForClient(caller, undefined, { ...client, scopes, introspects: false, disabled: false });
  }

  /** Judges a change or the end of a policy: callers whom it limits do neither. */
  async requireUnlimited(caller: Principal, name: string): Promise<void> {
    await this.rules.refresh();
    if (!(await this.storedNames()).includes(name)) return;
    if (!this.limits(await this.wholeCaller(caller), name)) return;
    refuse([
      {
        code: 'beyond-own-rights',
        fact: `The policy ${name} limits what you may do, and nobody changes what limits him.`,
        cure: `Let somebody change it whom it does not limit, such as a user with admin/Policy.cruds and no scopes for resources; or do it on the server: lanyard policy set, lanyard policy remove ${name}.`,
      },
    ]);
  }

  /** Judges a change of a group: the caller does not leave one whose policy limits the caller. */
  async requireNoEscape(caller: Principal, group: string, members: readonly string[]): Promise<void> {
    const stored = (await this.policies.listGroups()).find(({ name }) => name === group);
    if (!caller.local || !stored?.members.includes(caller.subject) || members.includes(caller.subject)) return;
    const assigned = (await this.policies.list()).filter(({ assignedTo }) => assignedTo.groups?.includes(group));
    for (const { name } of assigned) await this.requireUnlimited(caller, name);
  }

  private giftOf(after: AccountTerms, before?: AccountTerms): Gift {
    const kept = before && before.fhirUser === after.fhirUser ? splitScopes(before.grants) : [];
    const receiver = accountPrincipal({ ...noAccount, ...after }, this.options.issuer);
    return {
      to: `user ${after.name}`,
      scopes: scopesOutside(splitScopes(after.grants), kept),
      receiver,
      ...this.raised(after, before),
      breakGlass: after.breakGlass && !before?.breakGlass,
      consentExempt: after.consentExempt && !before?.consentExempt,
      ownIds: after.ownIds && !before?.ownIds,
    };
  }

  private raised(after: AccountTerms, before?: AccountTerms): Pick<Gift, 'clearance'> {
    const usual = this.rules.withholding.clearance;
    const clearance = after.clearance ?? usual;
    return before && rank(clearance) <= rank(before.clearance ?? usual) ? {} : { clearance };
  }

  private async excess(caller: Principal, gift: Gift): Promise<readonly Refusal[]> {
    await this.rules.refresh();
    const held = await this.heldBy(caller);
    const { withholding } = this.rules;
    const own = clearanceOf(caller, withholding);
    const { to, clearance } = gift;
    return [
      ...gift.scopes.flatMap((scope) => scopeExcess(scope, held, to)),
      ...(clearance !== undefined && rank(clearance) > rank(own)
        ? [tooMuch(to, `would have the clearance ${clearance}`, `yours is ${own}`)]
        : []),
      ...(gift.breakGlass && caller.mayBreakGlass !== true ? [tooMuch(to, 'could break the glass', 'you cannot')] : []),
      ...(gift.consentExempt && caller.consentExempt !== true
        ? [tooMuch(to, 'would be exempt from Consents', 'you are not')]
        : []),
      ...(gift.ownIds && caller.ownIds !== true && caller.consentExempt !== true
        ? [tooMuch(to, 'could choose ids while Consents deny something', 'you cannot')]
        : []),
      ...this.consentExcess(caller, held, gift),
      ...(await this.policyExcess(caller, gift)),
    ];
  }

  /** The rights that count for the caller and that the account has now. */
  private async heldBy(caller: Principal): Promise<readonly AnyScope[]> {
    const { usable, administrative } = this.rules.scopesOf(caller);
    const texts = [...usable.filter(({ owner }) => owner === undefined), ...administrative].map(({ text }) => text);
    const { scopes } = await this.wholeCaller(caller);
    return intersectScopes(texts, scopes).flatMap((text) => readScope(text) ?? []);
  }

  /** The caller with all grants of the account: a narrower token makes no policy limit the caller less. */
  private async wholeCaller(caller: Principal): Promise<Principal> {
    const account = caller.local ? await this.accounts.findActiveByName(caller.subject) : undefined;
    return caller.local ? { ...caller, scopes: splitScopes(account?.grants ?? '') } : caller;
  }

  /** Refuses a receiver for whom Consents do not count while they count for the caller. Callers with `admin/*.cruds` are free to do it. */
  private consentExcess(
    caller: Principal,
    held: readonly AnyScope[],
    { to, scopes, receiver, consentExempt }: Gift,
  ): readonly Refusal[] {
    const { withholding } = this.rules;
    const reaches = scopes.some((scope) => (receiver.kind === 'machine' ? isOfMachines(scope) : isClinical(scope)));
    const isWhole = held.some((one) => isWithin(readScope(everyAdminScope)!, one));
    if (consentExempt || !reaches || isWhole || whyConsentIsLifted(caller, withholding) !== undefined) return [];
    const isFree = whyConsentIsLifted(receiver, withholding) !== undefined || receiver.fhirUser?.type === 'Patient';
    return isFree ? [tooMuch(to, 'would see what Consents withhold', 'they count for you')] : [];
  }

  /** Refuses a receiver whom a policy limits less than the caller. */
  private async policyExcess(caller: Principal, { to, scopes, receiver }: Gift): Promise<readonly Refusal[]> {
    const given = scopes.flatMap((text) => readScope(text) ?? []);
    const acting = given.filter(({ context }) => context === (receiver.kind === 'machine' ? 'system' : 'user'));
    const [giving, taking] = [await this.rules.consult(caller), await this.rules.consult(receiver)];
    const free = this.rules.policies.filter((policy) => isFreer(policy, giving, taking, acting));
    const rights = given.filter((scope) => ['u', 'd'].some((letter) => isWithin(policyRight(letter), scope)));
    const whole = rights.length === 0 ? caller : await this.wholeCaller(caller);
    const stored = rights.length === 0 || receiver.kind === 'machine' ? [] : await this.storedNames();
    const escaped = stored.filter((name) => this.limits(whole, name) && !this.limits(receiver, name));
    return [
      ...[...new Set(free.map(({ name }) => name))].map((name) =>
        tooMuch(to, `would not be limited by the policy ${name} as you are`, 'policies limit what you give, too'),
      ),
      ...escaped.map((name) =>
        tooMuch(to, `could change the policy ${name}, which limits you`, 'nobody changes what limits him'),
      ),
    ];
  }

  private async storedNames(): Promise<readonly string[]> {
    return (await this.policies.list()).map(({ name }) => name);
  }

  /** A policy that is stored and not known here yet limits everybody. */
  private limits(principal: Principal, name: string): boolean {
    const policies = this.rules.policies.filter((policy) => policy.name === name);
    return policies.length === 0 || areLimiting(policies, principal);
  }
}

const noAccount: Omit<UserAccount, keyof AccountTerms> = {
  tenant: 0,
  id: '',
  passwordHash: '',
  secondFactor: false,
  oneTimeUntil: null,
  createdAt: new Date(0),
  disabledAt: null,
};

const rank = (clearance: NonNullable<Principal['clearance']>): number => confidentialities.indexOf(clearance);
const isOfMachines = (scope: string): boolean => scope.startsWith('system/');
const isClinical = (scope: string): boolean => /^(?:user|patient|system)\//.test(scope);
const policyRight = (letter: string): AnyScope => readScope(`admin/Policy.${letter}`)!;

function isFreer(policy: AccessPolicy, caller: Principal, receiver: Principal, scopes: readonly AnyScope[]): boolean {
  return accessesOf(scopes).some((access) => {
    const own = policy.decide({ principal: caller, ...access });
    if (own.verdict === 'abstain') return false;
    const others = policy.decide({ principal: receiver, ...access });
    return others.verdict !== 'deny' && !isDeepStrictEqual(own, others);
  });
}

/** Names the part of a scope that the caller does not have. `system/` and `patient/` scopes are measured by the caller's `user/` scopes. */
function scopeExcess(text: string, held: readonly AnyScope[], to: string): readonly Refusal[] {
  const scope = readScope(text);
  if (!scope) return [];
  const own = isAdminScope(text) ? scope : ({ ...scope, context: 'user' } as AnyScope);
  const lacking = own.permissions.filter(
    (letter) => !held.some((one) => isWithin({ ...own, permissions: [letter] }, one)),
  );
  if (lacking.length === 0) return [];
  const missing = scopeText({ ...own, permissions: lacking }, 'v2')!;
  return [tooMuch(to, `would have ${text}`, `you do not have ${missing}`, [missing])];
}

const tooMuch = (to: string, would: string, but: string, scopes?: readonly string[]): Refusal => ({
  code: 'beyond-own-rights',
  fact: `The ${to} ${would}, and ${but}.`,
  cure: 'Give less, or let somebody do it who has this. On the server the command "lanyard" is not limited.',
  ...(scopes && { scopes }),
});

function refuse(refusals: readonly Refusal[]): void {
  const [first, ...others] = refusals;
  if (first) throw new Refused([first, ...others]);
}
