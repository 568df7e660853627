import type { Principal } from '../../auth/principal.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { grantWords } from './words.js';
import { type Grant, grantKey, withoutWithheld } from '../grant.js';
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
  const { principal, rules } = context;
  const { usable, ignored, administrative } = rules.scopesOf(principal);
  const types = [...resourceTypes].toSorted();
  return {
    principal,
    withholding: myWithholding(context),
    scopes: usable.map(({ text }) => text),
    administers: administrative.map(({ text }) => text),
    ignored: ignored.filter(({ text }) => looksLikeRight(text)),
    otherScopes: ignored.filter(({ text }) => !looksLikeRight(text)).map(({ text }) => shownScope(text)),
    policies: policyEffects(context, types),
    access: types.flatMap((type) => accessTo(context, type)),
  };
}

/** Permissions with the same limit stand together. */
function accessTo(context: RequestContext, type: string): readonly TypeAccess[] {
  const byLimit = new Map<string, { letters: string; grants: readonly Grant[] }>();
  for (const permission of permissions) {
    if (!context.may(type, permission)) continue;
    const { grants } = context.accessTo(type, permission);
    const key = grants.map(withoutWithheld).map(grantKey).join();
    byLimit.set(key, { letters: (byLimit.get(key)?.letters ?? '') + permission, grants });
  }
  return [...byLimit.values()].map(({ letters, grants }) => ({
    type,
    permissions: letters,
    reach: [...new Set(grants.map(grantWords))],
  }));
}

/** Evaluates policies only where scopes give something to narrow or to refuse. */
function policyEffects(context: RequestContext, types: readonly string[]): readonly PolicyEffect[] {
  const effects = new Map<string, PolicyEffect & { readonly on: Map<string, string> }>();
  if (context.rules.policies.length === 0) return [];
  for (const type of types) {
    for (const permission of permissions) addEffects(effects, context, { type, permission });
  }
  return [...effects.values()];
}

function addEffects(
  effects: Map<string, PolicyEffect & { readonly on: Map<string, string> }>,
  context: RequestContext,
  need: { readonly type: string; readonly permission: Permission },
): void {
  if (!context.isScoped(need.type, need.permission)) return;
  for (const verdict of judgePolicies({ principal: context.principal, ...need }, context.rules).verdicts) {
    const key = JSON.stringify([
      verdict.policy,
      verdict.verdict,
      verdict.because,
      verdict.expression,
      verdict.elements,
    ]);
    let effect = effects.get(key);
    if (!effect) effects.set(key, (effect = { ...verdict, on: new Map() }));
    effect.on.set(need.type, (effect.on.get(need.type) ?? '') + need.permission);
  }
}
