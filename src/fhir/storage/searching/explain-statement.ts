import { type ConsentLift, type Sent, statementsSent } from '../consent/without-consents.js';
import { noConsent } from '../consent/withheld-predicate.js';
import { bindTenant, tenant } from '../session/tenant-parameter.js';
import { accessPredicate } from '../predicates/predicate.js';
import { judgedTargets } from '../accesses.js';
import type { SearchRequest } from '../../../r4/search/query/search-request.js';
import type { Access } from '../../../scope/access.js';
import { type Attempt, attemptStatement } from './attempts/attempt.js';
import type { AccessTo, SearchTarget } from './search-groups.js';
import { countStatement, pageOf, searchStatement } from './search-statement.js';
import type { SortSlots } from './sort-slots.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type BindValue, type Statement } from '../session/statement.js';

/** Run of one statement of a search by PostgreSQL. */
export interface ExplainedStatement {
  readonly sql: string;
  /** Condition under which this statement is sent; another is sent otherwise. */
  readonly when?: string;
  /** Bind values; none where the access limits rows. */
  readonly values: readonly BindValue[];
  /** The condition that the access to each type adds; `true`: every row. */
  readonly access: readonly { readonly type: string; readonly predicate: string }[];
  readonly run?: PlannedRun;
  /** Reason why it was not run. */
  readonly withheld?: string;
}

export interface PlannedRun {
  /** Output of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON). */
  readonly plan: string;
  readonly indexes: readonly string[];
  readonly rows: number;
  readonly milliseconds: number;
}

interface PlanNode {
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface ExplainedPlan {
  readonly Plan: PlanNode;
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
}

/** Each statement that may be sent for a search. */
export async function explainStatements(
  session: SqlSession,
  explained: Explained,
  compile: (judged: ConsentLift) => Statement,
  attempts: readonly Attempt[],
): Promise<readonly ExplainedStatement[]> {
  if (explained.targets.length === 0) return [{ sql: '', values: [], access: [] }];
  const accesses = explained.targets.map(({ access }) => access);
  const first = attempts.map((attempt) => ({
    when: attempt.when,
    statement: attemptStatement(attempt),
    judged: <A extends Access>(one: A) => one,
  }));
  const sent = [...first, ...statementsSent(accesses, compile)];
  return Promise.all(sent.map((one) => explainStatement(session, one, explained)));
}

/**
 * Runs the statement once, within the time of every statement. A plan counts the rows that it passes over: with an access
 * that limits rows it would tell of those out of reach, so then it is neither run nor planned, and values stay out. An index
 * holds the rows of all tenants: where there are several, nobody gets a plan.
 */
async function explainStatement(
  session: SqlSession,
  { statement, judged, ...when }: Sent,
  { targets, linked, accessTo }: Explained,
): Promise<ExplainedStatement> {
  const { text, values } = bindTenant(statement.text, statement.values);
  const types = [...new Set([...targets.map(({ access }) => access.type), ...linked])];
  const accesses = types.map(accessTo);
  const access = accesses.map((one) => ({
    type: one.type,
    predicate: accessPredicate(judged(one), 'r', new BindParameters()),
  }));
  const described = { sql: text, ...when, access };
  if (await isLimited(session, accesses, judged)) return { ...described, values: [], withheld: limited };
  if (await hasOtherTenants(session)) return { ...described, values, withheld: shared };
  const explain = { text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values };
  const [row] = await session.rows<{ 'QUERY PLAN': readonly [ExplainedPlan] }>(explain);
  return { ...described, values, run: readPlan(row!['QUERY PLAN'][0]) };
}

/** A statement without the conditions of Consents limits nothing while none denies anything, and would count what they hide once one does. */
async function isLimited(session: SqlSession, accesses: readonly Access[], judged: ConsentLift): Promise<boolean> {
  const sentUnder = accesses.map((one) => judged(one));
  if (!sentUnder.every(({ unrestricted }) => unrestricted)) return true;
  if (accesses.every(({ unrestricted }) => unrestricted)) return false;
  const [row] = await session.rows<{ holds: boolean }>(bindTenant(`SELECT ${noConsent} AS holds`, []));
  return row?.holds !== true;
}

const limited = 'The access limits rows; a plan would count those out of reach.';
const shared = 'The database holds other tenants too, or may; a plan would count their rows.';

const others = ['resource', 'resource_history'].flatMap((table) =>
  ['<', '>'].map((comparison) => `EXISTS (SELECT FROM ${table} WHERE tenant ${comparison} ${tenant})`),
);

/** A connection that is bound to a tenant sees none of them (docs/adr/0071), and then there may be some. */
async function hasOtherTenants(session: SqlSession): Promise<boolean> {
  const text = `SELECT to_regclass('tenant_work') IS NOT NULL OR ${others.join(' OR ')} AS found`;
  const [row] = await session.rows<{ found: boolean }>({ text, values: [] });
  return row!.found;
}

/** Types and accesses that a search looks at. */
export interface Explained {
  readonly targets: readonly SearchTarget[];
  /** Types that chains and `_has` lead to. */
  readonly linked: readonly string[];
  readonly accessTo: AccessTo;
}

/** Makes the statement of a page, or of the count of its matches. */
export const statementOf =
  (explained: Explained, request: SearchRequest | 'count', slots: SortSlots) =>
  (judged: ConsentLift): Statement => {
    const looked = judgedTargets(explained.targets, judged);
    const accessTo = (type: string) => judged(explained.accessTo(type));
    if (request === 'count') return countStatement(looked, accessTo);
    return searchStatement(looked, pageOf(explained.targets, request, slots), accessTo);
  };

function readPlan(explained: ExplainedPlan): PlannedRun {
  const { Plan: plan } = explained;
  const nodes = nodesOf(plan).filter((node) => (node['Actual Loops'] ?? 0) > 0);
  return {
    plan: JSON.stringify(plan),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].toSorted(),
    rows: plan['Actual Rows'] ?? 0,
    // PostgreSQL tells microseconds; their sum would show the rounding of binary fractions.
    milliseconds: Number((explained['Planning Time'] + explained['Execution Time']).toFixed(3)),
  };
}

const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
