import type { DataSource, QueryRunner } from 'typeorm';
import { underMigrationLock } from '../migrations/migration-lock.js';
import { type FunctionsToPlace, type PlacedTable, readFunctions, readTables } from './read-distribution.js';
import { firstTable } from './shared-tables.js';

interface Step {
  readonly does: string;
  readonly statement: string;
  readonly values?: readonly string[];
}

/**
 * Places what is not placed yet on the nodes that Citus knows, one step after the other, each in a transaction of its own, so that
 * whoever begins again goes on. Returns what was done.
 */
export async function placeTables(dataSource: DataSource, tell: (line: string) => void): Promise<readonly string[]> {
  const done: string[] = [];
  for (;;) {
    const step = await underMigrationLock(dataSource, takeNextStep, tell);
    if (step === undefined) return done;
    done.push(step.does);
    tell(step.does);
  }
}

async function takeNextStep(runner: QueryRunner): Promise<Step | undefined> {
  const step = nextStep(await readTables(runner), await readFunctions(runner));
  if (step) await runner.query(step.statement, [...(step.values ?? [])]);
  return step;
}

function nextStep(tables: readonly PlacedTable[], { lacking, mayNotRead }: FunctionsToPlace): Step | undefined {
  const unplaced = tables.filter(({ placement, wanted }) => placement === 'local' && wanted !== 'local');
  const table = unplaced.find(({ name }) => name === firstTable) ?? unplaced[0];
  if (table) return placeTable(table);
  const leftover = tables.find(({ hasLeftover }) => hasLeftover);
  if (leftover) return removeLeftover(leftover);
  // In this order: Citus sends the change of a function to the nodes that have it.
  if (lacking[0] !== undefined) return placeFunction(lacking[0]);
  return mayNotRead[0] === undefined ? undefined : letRead(mayNotRead[0]);
}

function placeTable({ name, wanted }: PlacedTable): Step {
  if (wanted === 'reference')
    return {
      does: `Copied ${name} to each node.`,
      statement: 'SELECT create_reference_table($1::regclass)',
      values: [name],
    };
  return {
    does: `Distributed ${name} by tenant.`,
    statement: `SELECT create_distributed_table($1::regclass, 'tenant', colocate_with => $2)`,
    values: [name, name === firstTable ? 'none' : firstTable],
  };
}

/** Removes the copied rows, which otherwise stay on the disk of the coordinator, where nothing erases them. */
const removeLeftover = ({ name }: PlacedTable): Step => ({
  does: `Removed what the coordinator kept of ${name}.`,
  statement: 'SELECT truncate_local_data_after_distributing_table($1::regclass)',
  values: [name],
});

/** Without an argument to distribute by: then a call stays where its statement is, and so do its locks. */
const placeFunction = (signature: string): Step => ({
  does: `Made ${signature} on each node.`,
  statement: 'SELECT create_distributed_function($1::regprocedure)',
  values: [signature],
});

/** Citus refuses queries within a statement on a shard, since they might read other nodes; these read their own tenant. */
const letRead = (signature: string): Step => ({
  does: `Let ${signature} read the tables of its tenant.`,
  statement: `ALTER FUNCTION ${signature} SET citus.allow_nested_distributed_execution = on`,
});
