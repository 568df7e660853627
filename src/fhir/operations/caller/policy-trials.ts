import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InvalidRequest, TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { groupsIn } from '../../../scope/policies/groups-of.js';
import type { PolicyExpressions } from '../../../scope/policies/policy-expressions.js';
import type { PolicyGroup } from '../../../scope/policies/read-stored-policy.js';
import { accessPoliciesOf, type StoredPolicy } from '../../../scope/policies/stored-policy.js';
import type { CallerShape } from '../../../scope/trials/access-shape.js';
import { TrialReport, type TrialSummary } from '../../../scope/trials/trial-report.js';
import {
  standIns,
  triedCaller,
  type TriedCaller,
  type TriedRules,
  tryRequest,
} from '../../../scope/trials/try-policies.js';
import { AccessPolicies } from '../../storage/policies/access-policies.js';
import { AccessShapes } from '../../storage/policies/access-shapes.js';
import { declarationOf } from '../declaration/declaration-of.js';
import { Operations } from '../operation.js';

/** Policies and groups to put in place of those of their names, and names to take away. */
export interface PolicyChanges {
  readonly policies: readonly StoredPolicy[];
  readonly groups: readonly PolicyGroup[];
  readonly remove: readonly string[];
}

/** Between two turns of the event loop. */
const shapesOfTurn = 50;
const accessesOfTurn = 300;

class TrialUnderWay extends TemporarilyUnavailable {
  constructor() {
    super(3, 'Other policies are being tried right now. Repeat the request after the time in Retry-After.');
  }
}

/** The policies of one side of a trial. */
interface Side {
  readonly policies: readonly StoredPolicy[];
  readonly groups: readonly PolicyGroup[];
}

/** Tries policies on the shapes of requests that were decided lately, before they count (ADR 101). Nothing stored is changed. */
@Injectable()
export class PolicyTrials {
  /** Accesses that one trial compares. Requests to the whole server, each of another caller, would keep a processor busy for minutes. */
  readonly mostAccesses: number = 50_000;
  private isTrying = false;

  constructor(
    private readonly rules: AccessRules,
    private readonly policies: AccessPolicies,
    private readonly shapes: AccessShapes,
    private readonly operations: Operations,
  ) {}

  /** One trial at a time: 503 while another one goes on. Throws 400 for a name that is not there. */
  async try(changes: PolicyChanges): Promise<TrialSummary> {
    if (this.isTrying) throw new TrialUnderWay();
    this.isTrying = true;
    try {
      return await this.compare(changes);
    } finally {
      this.isTrying = false;
    }
  }

  private async compare(changes: PolicyChanges): Promise<TrialSummary> {
    const before: Side = { policies: await this.policies.list(), groups: await this.policies.listGroups() };
    requireThere(changes.remove, before.policies);
    const after: Side = {
      policies: replaced(before.policies, changes.policies).filter(({ name }) => !changes.remove.includes(name)),
      groups: replaced(before.groups, changes.groups),
    };
    const rules: TriedRules = {
      before: await this.rules.withStored((expressions) => made(before, expressions)),
      after: await this.rules.withStored((expressions) => made(after, expressions)),
      declared: (interaction: Interaction) => declarationOf(this.operations, interaction)?.access,
      work: { accesses: 0 },
    };
    const valueOf = standIns([...before.policies, ...after.policies], this.rules.expressions);
    return this.decideAll(rules, valueOf);
  }

  private async decideAll(rules: TriedRules, valueOf: (claim: string) => string): Promise<TrialSummary> {
    const report = new TrialReport(this.rules.hasDecisionPoint, this.shapes.most);
    const callers = new Map<string, TriedCaller>();
    const callerOf = (shape: CallerShape): TriedCaller => {
      const key = JSON.stringify(shape);
      let caller = callers.get(key);
      if (!caller) callers.set(key, (caller = triedCaller(shape, rules, valueOf)));
      return caller;
    };
    const { work } = rules;
    const shapes = await this.shapes.list();
    let turn = 0;
    for (const [i, shape] of shapes.entries()) {
      if (work.accesses >= this.mostAccesses) {
        report.leaveOut(shapes.length - i);
        break;
      }
      if (i % shapesOfTurn === 0 || work.accesses - turn >= accessesOfTurn) {
        turn = work.accesses;
        await nextTurn();
      }
      report.add(
        shape,
        outcomeOf(() => tryRequest(callerOf(shape.caller), shape.request, rules)),
      );
    }
    return report.summary;
  }
}

/** A decision on which an extension fails, or for which the offer has changed, is counted and not told further. */
function outcomeOf<T>(decided: () => T): T | 'failed' {
  try {
    return decided();
  } catch {
    return 'failed';
  }
}

const made = ({ policies, groups }: Side, expressions: PolicyExpressions) => {
  const members = new Map(groups.map(({ name, members: names }) => [name, new Set(names)]));
  return policies.flatMap((policy) => accessPoliciesOf(policy, groupsIn(members), expressions));
};

const replaced = <T extends { readonly name: string }>(stored: readonly T[], wanted: readonly T[]): readonly T[] => [
  ...stored.filter(({ name }) => wanted.every((one) => one.name !== name)),
  ...wanted,
];

function requireThere(names: readonly string[], policies: readonly StoredPolicy[]): void {
  const missing = names.find((name) => policies.every((policy) => policy.name !== name));
  if (missing === undefined) return;
  const there =
    policies.length === 0
      ? 'none'
      : listed(
          policies.map(({ name }) => name),
          20,
        );
  throw new InvalidRequest({
    code: 'not-found',
    diagnostics: `There is no policy "${printable(missing)}" to remove. Policies of this server: ${there}.`,
  });
}
