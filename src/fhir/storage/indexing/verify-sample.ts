import { shortHashes } from '../../../audit/event-kinds.js';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { type IndexColumns, indexColumnTypes, isOfHistory } from './index-columns.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf, wholeRowsOf } from '../partitions.js';
import type { Reindexing } from './reindex-batch.js';
import { passFence } from './fence.js';
import { ofTenant } from './stored-hashes.js';

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

/**
 * Indexes some versions of a type, chosen at random, and compares that with what is stored. `onlyOwn`: not those that servers of
 * another release go on writing meanwhile in a form of theirs.
 */
export async function verifyType(reindexing: Reindexing, type: string, onlyOwn: boolean): Promise<SampleResult> {
  const mark = onlyOwn ? reindexing.columns.form.markOf(type) : '';
  const [table, past] = [tableOf(type), historyTableOf(type)];
  const current = await verifyTable(reindexing, { type, table, rows: wholeRowsOf(type), mark });
  const history = await verifyTable(reindexing, { type, table: past, rows: past, mark });
  return { sampled: current.sampled + history.sampled, differing: current.differing + history.differing };
}

interface Sample {
  readonly type: string;
  readonly table: string;
  /** As they are read. */
  readonly rows: string;
  readonly mark: string;
}

function verifyTable({ session, columns, definitions }: Reindexing, sample: Sample) {
  const { type, table, rows: source } = sample;
  const ofHistory = table === historyTableOf(type);
  const compared = Object.entries(indexColumnTypes).filter(([name]) => !ofHistory || isOfHistory(name));
  return definitions.whileCurrent(async (): Promise<SampleResult> => {
    const { indexedBy } = columns;
    const rows = await session.rows<SampledRow>(sampleStatement(sample));
    if (rows.length === 0) return { sampled: 0, differing: 0 };
    const fresh = rows.flatMap(({ id, version, body }) => {
      const resource = parseJson(body);
      return isObject(resource) ? [{ id, version, ...columnsOf(columns, type, resource) }] : [];
    });
    const differs = compared.map(([name]) => differsBy(name)).join(' OR ');
    // Versions that were replaced in between are no longer there.
    const statement = {
      text: `
        SELECT count(*)::integer AS sampled, (count(*) FILTER (WHERE ${differs}))::integer AS differing
        FROM json_to_recordset($1::json) AS next
          (id text, version integer, short bigint[], ${Object.entries(indexColumnTypes)
            .map((column) => column.join(' '))
            .join(', ')})
        JOIN ${source} AS r ON r.tenant = ${tenant} AND r.type = $2::text AND r.id = next.id AND r.version = next.version`,
      values: [JSON.stringify(fresh), type],
    };
    return session.transaction(async (tx) => {
      await passFence(tx, indexedBy, type);
      const [result] = await tx.rows<SampleResult & Record<string, unknown>>(statement);
      return result!;
    });
  });
}

/** Lists without an order: AuditEvents are indexed by parts (ADR 92). */
const unordered: ReadonlySet<string> = new Set(['compartments', 'tok', 'val', 'grams']);

const differsBy = (name: string): string => {
  if (!unordered.has(name)) return `r.${name} IS DISTINCT FROM next.${name}`;
  const differs = isUnlike(`r.${name}`, `next.${name}`);
  return name === 'tok' ? `(${differs} AND (next.short IS NULL OR ${isUnlike('r.tok', 'next.short')}))` : differs;
};

const isUnlike = (list: string, other: string): string =>
  `ARRAY(SELECT unnest(${list}) ORDER BY 1) IS DISTINCT FROM ARRAY(SELECT unnest(${other}) ORDER BY 1)`;

/** AuditEvents are found by all their hashes, or by those of the short form. */
function columnsOf(columns: IndexColumns, type: string, resource: JsonObject) {
  const index = columns.indexer.index(resource);
  const texts = columns.textsOf(type, index);
  return type === 'AuditEvent' ? { ...texts, short: `{${ofTenant(shortHashes(index)).join()}}` } : texts;
}

const sampleStatement = ({ type, table, rows, mark }: Sample) => ({
  text: `
    WITH chosen AS (
      SELECT id, version FROM ${table} WHERE tenant = ${tenant} AND type = $1::text AND NOT deleted
        AND ($2::text = '' OR val[1] = $2::text)
      ORDER BY random() LIMIT ${sampleSize})
    SELECT r.id, r.version, r.body FROM chosen
    JOIN ${rows} AS r ON r.tenant = ${tenant} AND r.type = $1::text AND r.id = chosen.id AND r.version = chosen.version`,
  values: [type, mark],
});
