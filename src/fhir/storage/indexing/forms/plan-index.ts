import type { DataSource } from 'typeorm';
import { percentOf } from '../index-job.js';
import { currentTenant } from '../../../../database/tenant.js';
import type { Definitions, IndexForm } from './index-form.js';

/** Stored versions that are not indexed in the form of this release. */
export interface PlannedIndexing {
  /** Current and superseded versions, estimated by PostgreSQL. */
  readonly versions: number;
  /** Percent, while a job is under way. */
  readonly progress?: number;
}

/** Undefined when there is nothing to do. Changes nothing, and works on the schema of the release before. */
export async function planIndexing(dataSource: DataSource, form: IndexForm): Promise<PlannedIndexing | undefined> {
  if (!(await has(dataSource, 'extension_parameter'))) return undefined;
  const [rows] = await dataSource.query<readonly { versions: number }[]>(
    `SELECT coalesce(sum(greatest(leaf.reltuples, 0)), 0)::float8 AS versions
     FROM unnest(ARRAY['resource', 'resource_history']) AS root
     CROSS JOIN LATERAL pg_partition_tree(to_regclass(root)) AS tree JOIN pg_class AS leaf ON leaf.oid = tree.relid`,
  );
  const [any] = await dataSource.query<readonly object[]>(
    `SELECT 1 FROM resource WHERE tenant = ${currentTenant()} LIMIT 1`,
  );
  if (any === undefined) return undefined;
  const found = await storedForms(dataSource);
  if (found.every((definitions) => form.lackingIn(definitions).length === 0)) return undefined;
  const progress = await progressOf(dataSource);
  return { versions: rows?.versions ?? 0, ...(progress !== undefined && { progress }) };
}

async function storedForms(dataSource: DataSource): Promise<readonly Definitions[]> {
  if (!(await has(dataSource, 'index_form'))) {
    const rows = await dataSource.query<readonly { url: string; definition: string }[]>(
      'SELECT url, definition FROM extension_parameter',
    );
    return [Object.fromEntries(rows.map(({ url, definition }) => [url, definition]))];
  }
  const rows = await dataSource.query<readonly { definitions: string }[]>(
    `SELECT definitions FROM index_form AS one WHERE tenant = ${currentTenant()} AND (
       EXISTS (SELECT FROM search_definition AS state WHERE state.tenant = ${currentTenant()} AND state.form = one.form)
       OR EXISTS (SELECT FROM other_form_rows AS other WHERE other.tenant = ${currentTenant()} AND other.form = one.form))`,
  );
  return rows.map(({ definitions }) => JSON.parse(definitions) as Definitions);
}

async function progressOf(dataSource: DataSource): Promise<number | undefined> {
  const [job] = await dataSource.query<readonly { rowsDone: number; rowsTotal: number | null }[]>(
    `SELECT rows_done::float8 AS "rowsDone", rows_total::float8 AS "rowsTotal" FROM index_job
     WHERE tenant = ${currentTenant()} AND kind = 'form' AND state IN ('open', 'taken') ORDER BY id DESC LIMIT 1`,
  );
  return job && percentOf(job);
}

async function has(dataSource: DataSource, table: string): Promise<boolean> {
  const [row] = await dataSource.query<readonly { found: boolean }[]>(`SELECT to_regclass($1) IS NOT NULL AS found`, [
    table,
  ]);
  return row?.found === true;
}
