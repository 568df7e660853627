import type { Principal } from '../../auth/principal.js';
import { ByNeed } from '../by-need.js';
import type { Permission } from '../grammar/permission.js';
import { abstain, type AccessDecision, type AccessPolicy } from './policy.js';
import type { Mask } from './verdict.js';

const allAbstain: readonly AccessDecision[] = [];

/** Decisions of all policies about one caller. Each is asked for once by type and permission. */
export class PolicyAnswers {
  /** By type, once they were looked for. */
  readonly masks = new Map<string, readonly Mask[]>();
  private readonly known = new ByNeed<readonly AccessDecision[]>();

  constructor(
    readonly principal: Principal,
    readonly policies: readonly AccessPolicy[],
  ) {}

  /** In the order of the policies; empty where all abstain, which they nearly always do: most are about few types. */
  of(type: string, permission: Permission): readonly AccessDecision[] {
    return this.known.get(type, permission) ?? this.known.set(type, permission, this.ask(type, permission));
  }

  /** Each policy gets a question of its own, which none can change for the next. */
  private ask(type: string, permission: Permission): readonly AccessDecision[] {
    const { principal, policies } = this;
    let decisions: AccessDecision[] | undefined;
    for (let i = 0; i < policies.length; i++) {
      const decision = policies[i]!.decide({ principal, type, permission });
      if (!decisions && decision.verdict !== 'abstain') decisions = policies.slice(0, i).map(abstain);
      decisions?.push(decision);
    }
    return decisions ?? allAbstain;
  }
}
