import type { PoolClient } from 'pg';
import { tablesNamespace } from '../../../database/belt/views-schema.js';

interface NumberedColumn {
  readonly table: string;
  readonly column: string;
  readonly sequence: string;
}

/** Others take numbers meanwhile. */
const distance = 1000;

/** Numbers that sequences of this database give next are beyond those that came with the tenant. */
export async function catchUpSequences(client: PoolClient, tenant: number): Promise<void> {
  const { rows } = await client.query<NumberedColumn>(
    `SELECT format('%I', c.relname) AS table, format('%I', a.attname) AS column,
       coalesce(pg_get_serial_sequence(c.oid::regclass::text, a.attname),
         substring(pg_get_expr(d.adbin, d.adrelid) FROM $$^nextval\\('([^']+)'$$)) AS sequence
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = ${tablesNamespace} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%')
       AND EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = c.oid AND t.attname = 'tenant')`,
  );
  for (const { table, column, sequence } of rows) {
    const found = await client.query<{ highest: string | null }>(
      `SELECT max(${column})::text AS highest FROM ${table} WHERE tenant = $1`,
      [tenant],
    );
    const highest = found.rows[0]?.highest;
    if (highest)
      await client.query(`SELECT setval($1::regclass, $2::bigint) FROM ${sequence} WHERE last_value <= $3::bigint`, [
        sequence,
        (BigInt(highest) + BigInt(distance)).toString(),
        highest,
      ]);
  }
}
