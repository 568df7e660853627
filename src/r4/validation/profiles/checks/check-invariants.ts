import type { ElementNode } from '../model/element-node.js';
import type { Item } from '../model/item.js';
import { InvariantNotEvaluated, type ProfileInvariant, type Verdict } from '../invariants/profile-invariant.js';
import type { ProfileRun } from '../profile-run.js';

/** Invariants of the profile, after its structure. */
export function checkNodeInvariants(node: ElementNode, item: Item, run: ProfileRun): void {
  for (const invariant of node.invariants) {
    const verdict = judge(invariant, { node, item, run });
    if (verdict === 'violated') {
      run.report(node, {
        code: 'invariant-not-evaluated',
        key: invariant.key,
        severity: invariant.severity,
        expected: `that "${invariant.human}"`,
        found: `that ${invariant.key} does not hold`,
        cure: 'Change the content so that the rule holds.',
      });
    }
  }
}

interface Question {
  readonly node: ElementNode;
  readonly item: Item;
  readonly run: ProfileRun;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** Undefined where it cannot be evaluated, which is reported. */
export function judge(invariant: ProfileInvariant, { node, item, run, variables }: Question): Verdict | undefined {
  try {
    const verdict = invariant.judge(item, run, variables);
    if (verdict === 'unanswered') run.reportUnanswered(node, invariant.severity, `that "${invariant.human}"`);
    return verdict;
  } catch (error) {
    if (!(error instanceof InvariantNotEvaluated)) throw error;
    run.report(node, {
      code: 'invariant-not-evaluated',
      severity: 'warning',
      expected: `that "${invariant.human}"`,
      found: `that ${invariant.key} cannot be evaluated: ${error.fact}`,
      cure: 'The profile is to be corrected; nothing is wrong with the content.',
    });
    return undefined;
  }
}
