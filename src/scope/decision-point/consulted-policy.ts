import { isDeepStrictEqual } from 'node:util';
import type { Principal } from '../../auth/principal.js';
import { callPart } from '../../observability/call-part.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { permissions } from '../grammar/permission.js';
import { abstain, type AccessDecision, type AccessPolicy, type AccessQuery } from '../policies/policy.js';
import type { PolicyExpressions } from '../policies/policy-expressions.js';
import type { AccessDecisionPoint } from './access-decision-point.js';
import { DecisionsUnavailable } from './decisions-unavailable.js';
import { readDecision } from './read-decision.js';

const usualCache = 5;
const longestCache = 60;

/** Answers of the point about one caller, by type and permission. */
type Decisions = ReadonlyMap<string, AccessDecision>;

/** A caller about whom the point was asked. */
interface Consulted {
  readonly principal: Principal;
  readonly decisions: Decisions;
  readonly until: number;
}

/**
 * The decision point of the application as a policy. Policies answer at once, so the point is asked before: whoever is to
 * be judged is consulted about first, and goes on as a principal of its own that has the answers. Nobody else is permitted
 * anything. Two requests with the same answers share the principal, and with it what is remembered of it.
 */
export class ConsultedPolicy implements AccessPolicy {
  readonly name: string;
  readonly expressions?: readonly string[];
  readonly terminology?: readonly string[];
  private readonly types: ReadonlySet<string>;
  private readonly decisions = new WeakMap<Principal, Decisions>();
  private readonly consulted = new WeakMap<Principal, Consulted>();
  private readonly pending = new WeakMap<Principal, Promise<Principal>>();

  constructor(
    private readonly point: AccessDecisionPoint,
    private readonly reading: Pick<PolicyExpressions, 'parse'>,
  ) {
    const { name, types, expressions, terminology } = point;
    this.name = name;
    this.types = new Set(types ?? resourceTypes);
    if (expressions) this.expressions = expressions;
    if (terminology) this.terminology = terminology;
  }

  decide({ principal, type, permission }: AccessQuery): AccessDecision {
    if (!this.types.has(type)) return abstain();
    const decision = this.decisions.get(principal)?.get(keyOf(type, permission));
    if (!decision) throw new DecisionsUnavailable(this.name);
    return decision;
  }

  /** The caller with the answers; a promise where the point has to be asked, which rejects with {@link DecisionsUnavailable}. */
  consult(principal: Principal): Principal | Promise<Principal> {
    if (this.decisions.has(principal)) return principal;
    const known = this.consulted.get(principal);
    if (known && performance.now() < known.until) return known.principal;
    const pending = this.pending.get(principal);
    if (pending) return pending;
    const asking = this.ask(principal, known).finally(() => this.pending.delete(principal));
    this.pending.set(principal, asking);
    return asking;
  }

  private async ask(principal: Principal, known: Consulted | undefined): Promise<Principal> {
    const { point } = this;
    const { name, timeout, cacheSeconds = usualCache } = point;
    const queries = [...this.types].flatMap((type) =>
      permissions.map((permission) => ({ principal, type, permission }) as const),
    );
    const asked = performance.now();
    let decisions: Decisions;
    try {
      const part = `ACCESS_DECISION ${name}`;
      decisions = await callPart(
        { part, timeout },
        () => point.decide(queries),
        (answers) => this.read(answers, queries),
      );
    } catch {
      throw new DecisionsUnavailable(name);
    }
    const until = asked + Math.min(cacheSeconds, longestCache) * 1000;
    const same = known && isDeepStrictEqual(known.decisions, decisions) ? known : undefined;
    const found = same?.principal ?? Object.freeze({ ...principal });
    this.decisions.set(found, decisions);
    this.consulted.set(principal, { principal: found, decisions, until });
    return found;
  }

  private read(answers: readonly AccessDecision[], queries: readonly AccessQuery[]): Decisions {
    if (!Array.isArray(answers) || answers.length !== queries.length)
      throw new Error(`${queries.length} decisions were asked for, and others came`);
    return new Map(
      queries.map((query, index) => [
        keyOf(query.type, query.permission),
        readDecision(answers[index] as AccessDecision, query, this.reading),
      ]),
    );
  }
}

const keyOf = (type: string, permission: string): string => `${type}.${permission}`;
