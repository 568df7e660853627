import type { DataSource } from 'typeorm';
import { hasCitus } from '../distribution/read-distribution.js';
import { tablesNamespace, viewsSchema } from './views-schema.js';

/** True if the role of the server is held to one tenant at a time (docs/adr/0071). */
export interface BeltFacts {
  readonly role: string;
  /** `none`: nobody has made views for it. */
  readonly state: 'on' | 'superuser' | 'owner' | 'citus' | 'none';
  /** Tables of tenants that the role may read or change all the same. */
  readonly openTables: readonly string[];
}

interface Row {
  readonly role: string;
  readonly superuser: boolean;
  readonly owner: boolean;
  readonly offered: boolean;
  readonly openTables: readonly string[];
}

const statement = `
  SELECT current_user::text AS role, current_setting('is_superuser')::boolean AS superuser,
    EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = ${tablesNamespace} AND c.relkind IN ('r', 'p')
      AND pg_has_role(c.relowner, 'USAGE')) AS owner,
    coalesce(has_schema_privilege(to_regnamespace('${viewsSchema}'), 'USAGE'), false) AS offered,
    ARRAY(SELECT c.relname::text FROM pg_class AS c
      WHERE c.relnamespace = ${tablesNamespace} AND c.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant')
      AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') ORDER BY 1) AS "openTables"`;

export async function examineBelt(dataSource: DataSource): Promise<BeltFacts> {
  const [{ role, openTables, ...row }] = await dataSource.query<[Row]>(statement);
  return { role, openTables, state: stateOf(row, await hasCitus(dataSource)) };
}

function stateOf(
  { superuser, owner, offered }: Omit<Row, 'role' | 'openTables'>,
  onCitus: boolean,
): BeltFacts['state'] {
  if (superuser) return 'superuser';
  if (owner) return 'owner';
  if (offered) return 'on';
  return onCitus ? 'citus' : 'none';
}
