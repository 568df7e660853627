import type { Principal } from '../auth/principal.js';
import type { AccessRules, PolicyEdition } from './access-rules.js';
import type { Deciding } from './granted-rows.js';
import { type Mask, masksOf } from './policies/judge-policies.js';
import { PolicyAnswers } from './policies/policy-answers.js';

/** Caller of accesses, with the rules and policies that decide about them; one for all accesses of a request while the policies stay. A class, since V8 may keep literals too long (ADR 103). */
export class Basis {
  private masks: Map<string, KnownMasks> | undefined;

  constructor(
    readonly principal: Principal,
    readonly deciding: Deciding,
    readonly edition: PolicyEdition,
  ) {}

  get rules(): AccessRules {
    return this.deciding.rules;
  }

  /** Elements of a type that are hidden from the caller, with the policies that define them; found once. */
  masksOf(type: string): KnownMasks {
    const policies = this.rules.policiesOf(this.edition);
    if (policies.length === 0) return noMasks;
    const known = (this.masks ??= new Map<string, KnownMasks>());
    let found = known.get(type);
    if (!found) {
      const masks = masksOf(type, new PolicyAnswers(this.principal, policies));
      known.set(type, (found = { masks, paths: masks.flatMap(({ elements }) => elements) }));
    }
    return found;
  }
}

interface KnownMasks {
  readonly masks: readonly Mask[];
  readonly paths: readonly string[];
}

const noMasks: KnownMasks = { masks: [], paths: [] };
