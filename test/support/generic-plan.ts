import type { DataSource, QueryRunner } from 'typeorm';
import { hideValues } from '../../src/fhir/storage/session/hide-values.js';
import type { BindValue, Statement } from '../../src/fhir/storage/session/statement.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { nodesOf, type PlanNode, rowsLookedAt } from './plan-nodes.js';

/** A statement as a connection prepares it: the planner is shown none of the values. */
export const boundOnce = ({ text, values }: Statement): Pick<Statement, 'text' | 'values'> =>
  bindTenant(hideValues(text), values);

/** Runs a prepared statement, and says how. */
export async function explainPrepared(runner: QueryRunner, name: string, values: readonly BindValue[]) {
  const literals = values.map(literalOf).join(', ');
  const [{ 'QUERY PLAN': plans }] = (await runner.query(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE ${name} (${literals})`,
  )) as [{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }];
  return summaryOf(plans[0].Plan);
}

const literalOf = (value: BindValue): string =>
  `'${Array.isArray(value) ? `{${value.map((part) => `"${String(part)}"`).join(',')}}` : String(value)}'`;

function summaryOf(plan: PlanNode) {
  const nodes = nodesOf(plan).filter((node) => node['Actual Loops'] > 0);
  const looked = nodes.filter((node) => node['Relation Name'] !== undefined);
  return {
    whole: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    rows: Math.round(rowsLookedAt(looked)),
    /** The most that an index gave before a row was looked at. */
    collected: Math.max(
      0,
      ...nodes.filter((node) => node['Node Type'] === 'Bitmap Index Scan').map((node) => node['Actual Rows']),
    ),
  };
}

/** Runs the plan for any values with those of the statement, as a connection that has prepared it does. */
export async function runGenericPlan(dataSource: DataSource, statement: Statement) {
  const { text, values } = boundOnce(statement);
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SET plan_cache_mode = force_generic_plan');
    await runner.query(`PREPARE asked AS ${text}`);
    return await explainPrepared(runner, 'asked', values);
  } finally {
    await runner.query('DEALLOCATE asked; RESET plan_cache_mode');
    await runner.release();
  }
}
