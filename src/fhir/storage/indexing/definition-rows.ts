import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';

/** A row of `custom_parameter`. */
export interface CustomRow {
  readonly parameter: SearchParameter;
  /** Id of the SearchParameter resource that defines it. */
  readonly resourceId: string;
  readonly state: 'building' | 'active' | 'failed' | 'removing';
  readonly job: number;
  readonly slot: number | null;
  readonly reason: string | null;
}

export interface DefinitionState {
  readonly generation: number;
  readonly revision: number;
  readonly settled: number;
  /** That rows are to be indexed in. */
  readonly form: string;
}

interface StoredRow extends Omit<CustomRow, 'parameter'>, Record<string, unknown> {
  readonly definition: string;
}

/** Read before the rows: whoever knows more than its generation says finds out at the fence. */
export async function readState(session: SqlSession, lock: '' | 'FOR UPDATE' = ''): Promise<DefinitionState> {
  const [state] = await session.rows<DefinitionState & Record<string, unknown>>({
    text: `SELECT generation, revision, settled, form FROM search_definition WHERE tenant = ${tenant} ${lock}`,
    values: [],
  });
  if (!state) throw new Error('The table search_definition has lost its row.');
  return state;
}

export async function readRows(session: SqlSession): Promise<readonly CustomRow[]> {
  const rows = await session.rows<StoredRow>({
    text: `
      SELECT resource_id AS "resourceId", definition, state, job, slot, reason
      FROM custom_parameter WHERE tenant = ${tenant} ORDER BY url`,
    values: [],
  });
  return rows.map(({ definition, resourceId, state, job, slot, reason }) => {
    const parameter = JSON.parse(definition) as SearchParameter;
    return { parameter, resourceId, state, job, slot, reason };
  });
}

export async function storeRows(session: SqlSession, rows: readonly CustomRow[]): Promise<void> {
  const json = rows.map(({ parameter, resourceId, ...row }) => ({
    ...row,
    url: parameter.url,
    resource_id: resourceId,
    definition: JSON.stringify(parameter),
  }));
  const names = ['url', 'resource_id', 'definition', 'state', 'job', 'slot', 'reason'];
  await session.count({
    text: `
      INSERT INTO custom_parameter (tenant, ${names.join(', ')})
      SELECT ${tenant}, ${names.map((name) => `next.${name}`).join(', ')}
      FROM json_to_recordset($1::json) AS next
        (url text, resource_id text, definition text, state text, job integer, slot integer, reason text)
      ON CONFLICT (tenant, url) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    values: [JSON.stringify(json)],
  });
}
