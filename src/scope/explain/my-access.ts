import type { Principal } from '../../auth/principal.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { grantWords } from './words.js';
import type { Access } from '../access.js';
import { type Grant, grantKey, rulesOf, withoutWithheld } from '../grant.js';
import { type MyWithholding, myWithholding } from '../consent/my-withholding.js';
import { type Permission, permissions } from '../grammar/permission.js';
import { judgePolicies, type PolicyVerdict } from '../policies/judge-policies.js';
import type { RequestContext } from '../request-context.js';
import { shownScope } from '../grammar/scope-suffix.js';
import { looksLikeRight } from '../grammar/smart-scope.js';
import type { IgnoredScope } from '../grammar/token-scopes.js';

/** Rights of a token here, in a stable order: a function of the token and the server's rules, not of stored data. */
export interface MyAccess {
  readonly principal: Principal;
  readonly withholding: MyWithholding;
  /** Texts of the scopes that count. */
  readonly scopes: readonly string[];
  /** Texts of the scopes that count for administration (docs/adr/0037). */
  readonly administers: readonly string[];
  readonly ignored: readonly IgnoredScope[];
  /** Scopes that are not about resources, such as `openid`. */
  readonly otherScopes: readonly string[];
  readonly policies: readonly PolicyEffect[];
  readonly access: readonly TypeAccess[];
}

/** Effect of one policy on the token; policies that abstain everywhere are left out. */
export interface PolicyEffect extends PolicyVerdict {
  /** Type to letters of `cruds`. */
  readonly on: ReadonlyMap<string, string>;
}

/** Permissions on one type that have the same limits. */
export interface TypeAccess {
  readonly type: string;
  /** Such as `rs`. */
  readonly permissions: string;
  /** Ways to rows, in words; any of them. */
  readonly reach: readonly string[];
}

export function myAccess(context: RequestContext): MyAccess {
  const { principal, scopes } = context;
  const { usable, ignored, administrative } = scopes;
  const effects = new PolicyEffects(context);
  const access = typesInOrder.flatMap((type) => accessTo(context, type, effects));
  return {
    principal,
    withholding: myWithholding(context),
    scopes: usable.map(({ text }) => text),
    administers: administrative.map(({ text }) => text),
    ignored: ignored.filter(({ text }) => looksLikeRight(text)),
    otherScopes: ignored.filter(({ text }) => !looksLikeRight(text)).map(({ text }) => shownScope(text)),
    policies: effects.all,
    access,
  };
}

const typesInOrder: readonly string[] = [...resourceTypes].toSorted();

/** Permissions with the same limit stand together. */
function accessTo(context: RequestContext, type: string, effects: PolicyEffects): readonly TypeAccess[] {
  const found: Limited[] = [];
  for (const permission of permissions) {
    const access = context.accessIfAny(type, permission);
    effects.add(type, permission, access);
    if (!access) continue;
    const limit = limitOf(access.grants);
    const alike = withLimit(found, limit);
    if (alike) alike.letters += permission;
    else found.push({ limit, letters: permission, grants: access.grants });
  }
  return found.map(({ letters, grants }) => ({ type, permissions: letters, reach: waysOf(grants) }));
}

interface Limited {
  readonly limit: string;
  letters: string;
  readonly grants: readonly Grant[];
}

function withLimit(found: readonly Limited[], limit: string): Limited | undefined {
  for (const one of found) if (one.limit === limit) return one;
  return undefined;
}

/** Equal for grants that say the same here, whatever is withheld of them. Most tokens have grants of all rows. */
const limitOf = (grants: readonly Grant[]): string =>
  isOfAll(grants) ? '' : grants.map((grant) => grantKey(grant.withheld ? withoutWithheld(grant) : grant)).join();

const waysOf = (grants: readonly Grant[]): readonly string[] =>
  isOfAll(grants) ? ofAll : [...new Set(grants.map(grantWords))];

const isOfAll = (grants: readonly Grant[]): boolean => grants.length === 1 && grants.every(hasNoLimit);

const hasNoLimit = (grant: Grant): boolean =>
  grant.within === undefined && grant.only === undefined && grant.where.length === 0 && rulesOf(grant).length === 0;

const ofAll: readonly string[] = [grantWords({ where: [] })];

/** What policies say where scopes give something to narrow or to refuse. */
class PolicyEffects {
  private readonly effects = new Map<string, PolicyEffect & { readonly on: Map<string, string> }>();

  constructor(private readonly context: RequestContext) {}

  get all(): readonly PolicyEffect[] {
    return [...this.effects.values()];
  }

  /** `access`: what they were asked for; undefined where it is refused, for whatever reason. */
  add(type: string, permission: Permission, access: Access | undefined): void {
    if (access?.policies.length === 0 || !this.context.isScoped(type, permission)) return;
    for (const verdict of access?.policies ?? this.judge(type, permission)) this.note(verdict, type, permission);
  }

  private judge(type: string, permission: Permission): readonly PolicyVerdict[] {
    const { principal, rules } = this.context;
    return judgePolicies({ principal, type, permission }, rules, this.context.answers).verdicts;
  }

  private note(verdict: PolicyVerdict, type: string, permission: Permission): void {
    const { policy, verdict: kind, because, expression, elements } = verdict;
    const key = JSON.stringify([policy, kind, because, expression, elements]);
    let effect = this.effects.get(key);
    if (!effect) this.effects.set(key, (effect = { ...verdict, on: new Map() }));
    effect.on.set(type, (effect.on.get(type) ?? '') + permission);
  }
}
