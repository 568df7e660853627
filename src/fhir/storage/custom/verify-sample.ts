import { isObject, parseJson } from '../../model/json.js';
import { indexColumnTypes, isOfHistory } from '../index-columns.js';
import { historyTableOf, tableOf, tenant } from '../partitions.js';
import type { Reindexing } from '../reindex-type.js';
import { fence } from './fence.js';

/** Versions of each table of a type. */
const sampleSize = 20;

export interface SampleResult {
  readonly sampled: number;
  readonly differing: number;
}

interface SampledRow extends Record<string, unknown> {
  readonly id: string;
  readonly version: number;
  readonly body: string;
}

/** Indexes some versions of a type, chosen at random, and compares that with what is stored. */
export async function verifyType(reindexing: Reindexing, type: string): Promise<SampleResult> {
  const current = await verifyTable(reindexing, type, tableOf(type));
  const history = await verifyTable(reindexing, type, historyTableOf(type));
  return { sampled: current.sampled + history.sampled, differing: current.differing + history.differing };
}

function verifyTable({ session, columns, definitions }: Reindexing, type: string, table: string) {
  const ofHistory = table === historyTableOf(type);
  const compared = Object.entries(indexColumnTypes).filter(([name]) => !ofHistory || isOfHistory(name));
  return definitions.whileCurrent(async (): Promise<SampleResult> => {
    const { generation } = columns.indexer;
    const rows = await session.rows<SampledRow>(sampleStatement(type, table));
    const fresh = rows.flatMap(({ id, version, body }) => {
      const resource = parseJson(body);
      return isObject(resource) ? [{ id, version, ...columns.of(type, resource) }] : [];
    });
    const differs = compared.map(([name]) => `r.${name} IS DISTINCT FROM next.${name}`).join(' OR ');
    // Versions that were replaced in between are no longer there.
    const [result] = await session.rows<SampleResult & Record<string, unknown>>({
      text: `
        SELECT count(*)::integer AS sampled, (count(*) FILTER (WHERE ${differs}))::integer AS differing
        FROM json_to_recordset($1::json) AS next
          (id text, version integer, ${Object.entries(indexColumnTypes)
            .map((column) => column.join(' '))
            .join(', ')})
        JOIN ${table} AS r ON r.tenant = ${tenant} AND r.type = $2::text AND r.id = next.id AND r.version = next.version
        WHERE ${fence('$3::integer')}`,
      values: [JSON.stringify(fresh), type, generation],
    });
    return result!;
  });
}

const sampleStatement = (type: string, table: string) => ({
  text: `
    WITH chosen AS (
      SELECT id, version FROM ${table} WHERE tenant = ${tenant} AND type = $1::text AND NOT deleted
      ORDER BY random() LIMIT ${sampleSize})
    SELECT r.id, r.version, r.body FROM chosen
    JOIN ${table} AS r ON r.tenant = ${tenant} AND r.type = $1::text AND r.id = chosen.id AND r.version = chosen.version`,
  values: [type],
});
