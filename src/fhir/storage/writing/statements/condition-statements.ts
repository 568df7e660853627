import type { QueryResultRow } from 'pg';
import type { Access } from '../../../../scope/access.js';
import type { Condition } from '../../../../r4/search/query/condition.js';
import { hashText } from '../../../../r4/search/index/token-hash.js';
import type { WithoutConsents } from '../../consent/without-consents.js';
import { criteriaPredicate } from '../../predicates/criterion-predicate.js';
import { currentTenant } from '../../../../database/tenant.js';
import { tenant } from '../../session/tenant-parameter.js';
import { tableOf } from '../../partitions.js';
import { accessPredicate, reachPredicate } from '../../predicates/predicate.js';
import { foundRows } from '../../searching/found-rows.js';
import { type AccessTo, selectMatches } from '../../searching/search-groups.js';
import { BindParameters, type BindValue, type Statement } from '../../session/statement.js';
import { type StoredVersion, storedVersion } from '../../reading/stored-version.js';
import type { SqlSession } from '../../session/sql-session.js';

/** A condition, and the rows among which it looks: hidden ones are as if they were not there. */
export interface ConditionQuestion {
  readonly condition: Condition;
  readonly access: Access<'s'>;
  /** Matches to return; one more than what is wanted tells that there are too many. */
  readonly most: number;
  /** A reference only looks; whatever may write because of the answer keeps others out. */
  readonly onlyReads: boolean;
}

/** A transaction takes so many locks of conditions; PostgreSQL keeps all of them in one table of fixed size. */
const mostLocks = 500;

/**
 * Locks equal conditions against each other until the end of the transaction, in one order. Every transaction shares a
 * lock of all conditions; one with more of them than it may lock takes that alone.
 */
function lockStatement(questions: readonly ConditionQuestion[]): Statement {
  const writing = new Map<string, boolean>();
  for (const { condition, onlyReads } of questions) {
    const name = hashText(`condition ${currentTenant()} ${condition.key}`);
    writing.set(name, !onlyReads || writing.get(name) === true);
  }
  const all = hashText(`conditions ${currentTenant()}`);
  const isLarge = writing.size > mostLocks;
  const locks: readonly (readonly [string, boolean])[] = isLarge
    ? [[all, true]]
    : [[all, false], ...[...writing].toSorted(([one], [other]) => (one < other ? -1 : 1))];
  const parameters = new BindParameters();
  const keys = parameters.add(
    locks.map(([key]) => key),
    'bigint[]',
  );
  const alone = parameters.add(
    locks.map(([, isAlone]) => Number(isAlone)),
    'integer[]',
  );
  const text =
    `SELECT count(CASE alone WHEN 1 THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END) ` +
    `FROM unnest(${keys}, ${alone}) AS lock (key, alone)`;
  return { text, values: parameters.values };
}

/** Values that differ from row to row of `asked`, so that a thousand conditions of one form are one query. */
class ColumnParameters extends BindParameters {
  readonly types: string[] = [];

  override add(...[value, type]: Parameters<BindParameters['add']>): string {
    this.values.push(value);
    this.types.push(type);
    return `asked.p${this.values.length}::${type}`;
  }
}

interface Form {
  readonly access: Access<'s'>;
  readonly predicate: string;
  readonly types: readonly string[];
  readonly rows: Record<string, BindValue>[];
}

/** So many forms are one statement: a bundle may bring many, and the planner takes them all at once. */
const formsPerStatement = 50;

/**
 * Returns statements for the matches of each condition, by its position as `number`: as a rule one for all. Matches
 * are collected before they are limited: the planner would walk the table to find two of many, and there are none as a
 * rule.
 */
export function matchStatements(questions: readonly ConditionQuestion[], accessTo: AccessTo): readonly Statement[] {
  const forms = formsOf(questions, accessTo);
  const statements: Statement[] = [];
  for (let at = 0; at < forms.length; at += formsPerStatement) {
    const parameters = new BindParameters();
    const queries = forms.slice(at, at + formsPerStatement).map((form) => formQuery(form, parameters));
    statements.push({ text: queries.join(' UNION ALL '), values: parameters.values });
  }
  return statements;
}

function formsOf(questions: readonly ConditionQuestion[], accessTo: AccessTo): readonly Form[] {
  const forms = new Map<string, Form>();
  for (const [number, { condition, access, most }] of questions.entries()) {
    const columns = new ColumnParameters();
    const predicate = criteriaPredicate(condition.criteria, 'r', {
      parameters: columns,
      reach: reachPredicate(accessTo, columns),
    });
    const name = `${access.fingerprint} ${predicate}`;
    let form = forms.get(name);
    if (!form) forms.set(name, (form = { access, predicate, types: columns.types, rows: [] }));
    form.rows.push({ number, most, ...Object.fromEntries(columns.values.map((value, i) => [`p${i + 1}`, value])) });
  }
  return [...forms.values()];
}

function formQuery({ access, predicate, types, rows }: Form, parameters: BindParameters): string {
  const columns = types.map((type, i) => `, p${i + 1} ${type}`).join('');
  const asked = parameters.add(JSON.stringify(rows), 'json');
  const conditions = [
    `r.tenant = ${tenant}`,
    `r.type = ${parameters.add(access.type, 'text')}`,
    'NOT r.deleted',
    predicate,
    accessPredicate(access, 'r', parameters),
  ];
  return (
    `SELECT asked.number, hit.* FROM json_to_recordset(${asked}) AS asked (number integer, most integer${columns}) ` +
    `CROSS JOIN LATERAL (WITH found AS MATERIALIZED (SELECT ${storedVersion('r')} FROM ${tableOf(access.type)} AS r ` +
    `WHERE ${conditions.join(' AND ')}) SELECT * FROM found LIMIT asked.most) AS hit`
  );
}

/** The matches of one condition that an index leads to few rows for: planned once. Undefined where there is no such index. */
export function soleStatement(
  { condition, access, most }: ConditionQuestion,
  accessTo: AccessTo,
): Statement | undefined {
  const parameters = new BindParameters();
  const group = { access, criteria: condition.criteria, types: [access.type] };
  const source = foundRows(group, parameters);
  if (source === undefined) return undefined;
  const matches = selectMatches({ ...group, source }, storedVersion('r'), { parameters, accessTo });
  const limit = parameters.add(most, 'integer');
  const text = `WITH found AS MATERIALIZED (${matches}) SELECT * FROM found LIMIT ${limit}`;
  return { isPlannedOnce: true, text, values: parameters.values };
}

/** Returns the matches of one condition as they are at this moment. */
function matchesOfOne(
  session: SqlSession,
  question: ConditionQuestion,
  accessTo: AccessTo,
  consents: WithoutConsents,
): Promise<readonly StoredVersion[]> {
  return consents.rows<StoredVersion & QueryResultRow>(session, [question.access], (judged) => {
    const asked = [{ ...question, access: judged(question.access) }, (type: string) => judged(accessTo(type))] as const;
    return soleStatement(...asked) ?? matchStatements([asked[0]], asked[1])[0]!;
  });
}

/**
 * Returns the matches of each question, in order. Within a transaction they are locked before: by a statement of their own, so that the
 * matching sees the writes of earlier transactions.
 */
export async function matchesOf(
  tx: SqlSession,
  questions: readonly ConditionQuestion[],
  accessTo: AccessTo,
  consents: WithoutConsents,
): Promise<readonly (readonly StoredVersion[])[]> {
  const [only, ...others] = questions;
  if (only && others.length === 0 && !tx.isTransaction) return [await matchesOfOne(tx, only, accessTo, consents)];
  if (tx.isTransaction) await tx.rows(lockStatement(questions));
  const matches = questions.map((): StoredVersion[] => []);
  for (const statement of matchStatements(questions, accessTo)) {
    const rows = await tx.rows<StoredVersion & { readonly number: number }>(statement);
    for (const { number, ...match } of rows) matches[number]!.push(match);
  }
  return matches;
}
