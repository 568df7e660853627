import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { StartRefused } from '../../config/checks/start-refused.js';
import { isDistributed } from '../distribution/read-distribution.js';
import { changeTables, changeView, changeViewName } from '../changes/change-states.js';
import { workOfTenants } from '../tenants/tenants-with-work.js';
import { boundSetting, viewsSchema } from './views-schema.js';

interface View {
  readonly name: string;
  readonly definition: string;
}

/** The tenant that a connection is bound to: the views have no row of another. */
const bound = `current_setting('${boundSetting}')::integer`;

/** Tables of the operator, whose rows a connection of his sees all, and one of a tenant its own. */
const operatorsTables = ['tenant', 'tenant_usage'];

/** Names of secrets have the tenant before them, but for those of the tenant 1. */
const secrets = `CASE ${bound} WHEN 0 THEN false WHEN 1 THEN name !~ '^[0-9]+/' ELSE starts_with(name, ${bound} || '/') END`;

const conditionOf = (table: string): string => {
  if (table === 'server_secret') return secrets;
  return operatorsTables.includes(table) ? `${bound} IN (0, tenant)` : `tenant = ${bound}`;
};

/**
 * Makes the views that are missing or of another form, and gives servers' roles their rights: `server`, and those that have had them before.
 * Does nothing where no role was ever given any. The runner is the owner's, in a transaction.
 */
export async function placeViews(runner: QueryRunner, server?: string): Promise<void> {
  if (server !== undefined) await requireRole(runner, server);
  if (server === undefined && !(await hasViews(runner))) return;
  if (await isDistributed(runner)) return replaceViewsByRights(runner, server);
  await runner.query(`CREATE SCHEMA IF NOT EXISTS ${viewsSchema}`);
  for (const view of await lackingViews(runner)) await makeView(runner, view);
  for (const role of await rolesLackingRights(runner, server)) await grantViews(runner, role);
}

/** True if the owner of the tables has given a role views of them. */
export async function hasViews(runner: DataSource | QueryRunner): Promise<boolean> {
  const [row] = (await runner.query(`SELECT to_regnamespace($1) IS NOT NULL AS found`, [viewsSchema])) as [
    { readonly found: boolean },
  ];
  return row.found;
}

/** Takes the views away, which would keep columns from being dropped or changed; {@link placeViews} makes them again. */
export async function dropViews(runner: QueryRunner): Promise<void> {
  const views = (await runner.query(
    `SELECT format('%I.%I', schemaname, viewname) AS name FROM pg_views WHERE schemaname = $1`,
    [viewsSchema],
  )) as readonly { readonly name: string }[];
  if (views.length > 0) await runner.query(`DROP VIEW ${views.map(({ name }) => name).join(', ')}`);
}

async function requireRole(runner: QueryRunner, server: string): Promise<void> {
  const [row] = (await runner.query(
    `SELECT current_user::text AS owner, EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS found`,
    [server],
  )) as [{ readonly owner: string; readonly found: boolean }];
  if (!row.found)
    throw new StartRefused(
      `DATABASE_URL: there is no role "${server}" in the database. Make it as an administrator: CREATE ROLE ${quoted(server)} LOGIN PASSWORD '…'`,
    );
  if (row.owner === server)
    throw new StartRefused(
      `MIGRATION_DATABASE_URL: is of the role "${server}", as DATABASE_URL is. Let each have a role of its own.`,
    );
}

interface Column {
  readonly name: string;
  readonly columns: readonly string[];
  /** Form in which the view was made, as its comment says. */
  readonly made: string | null;
}

/** Views whose table, or whose text, is another one than when they were made. */
async function lackingViews(runner: QueryRunner): Promise<readonly View[]> {
  const tables = (await runner.query(
    `SELECT c.relname AS name,
       array_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) AS columns,
       obj_description(to_regclass(format('%I.%I', $1::text, c.relname))) AS made
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
     GROUP BY c.relname HAVING bool_or(a.attname = 'tenant') OR c.relname = 'server_secret' ORDER BY c.relname`,
    [viewsSchema],
  )) as readonly Column[];
  const names = tables.map(({ name }) => name);
  const views = tables.map(({ name, columns, made }) => ({ name, made, ...viewOf(name, columns) }));
  const work = workOfTenants.every(({ table }) => names.includes(table)) ? [await workView(runner)] : [];
  const changes = changeTables.every((table) => names.includes(table)) ? [await changesView(runner)] : [];
  return [...views, ...work, ...changes].filter(({ definition, made }) => made !== formOf(definition));
}

function viewOf(table: string, columns: readonly string[]): Pick<View, 'definition'> {
  const definition = `SELECT * FROM ${quoted(table)} WHERE ${conditionOf(table)} WITH CASCADED CHECK OPTION`;
  // Types are part of the form: a view keeps those that its table had.
  return { definition: `${definition} -- ${columns.join(', ')}` };
}

/** Numbers of tenants that have something to do: all that a connection of the operator learns of them. */
async function workView(runner: QueryRunner): Promise<View & Pick<Column, 'made'>> {
  const found = workOfTenants.map(({ table, where }) => `SELECT DISTINCT tenant FROM ${table} WHERE ${where}`);
  return { name: 'tenant_work', definition: found.join(' UNION '), made: await formMade(runner, 'tenant_work') };
}

/** States of what servers keep in memory: another number after each change, and nothing of what is stored. */
const changesView = async (runner: QueryRunner): Promise<View & Pick<Column, 'made'>> => ({
  name: changeViewName,
  definition: changeView,
  made: await formMade(runner, changeViewName),
});

async function formMade(runner: QueryRunner, view: string): Promise<string | null> {
  const [row] = (await runner.query(`SELECT obj_description(to_regclass('${viewsSchema}.${view}')) AS made`)) as [
    Pick<Column, 'made'>,
  ];
  return row.made;
}

const formOf = (definition: string): string => `lanyard ${createHash('sha256').update(definition).digest('hex')}`;

async function makeView(runner: QueryRunner, { name, definition }: View): Promise<void> {
  const view = `${viewsSchema}.${quoted(name)}`;
  // A view that is there takes new columns at its end alone.
  await runner.query('SAVEPOINT view');
  try {
    await runner.query(`CREATE OR REPLACE VIEW ${view} AS ${definition}`);
  } catch {
    await runner.query('ROLLBACK TO SAVEPOINT view');
    await runner.query(`DROP VIEW ${view}`);
    await runner.query(`CREATE VIEW ${view} AS ${definition}`);
  }
  await runner.query('RELEASE SAVEPOINT view');
  await runner.query(`COMMENT ON VIEW ${view} IS '${formOf(definition)}'`);
}

/** Tables without a tenant that extensions share among all of them. */
const sharedOfExtensions = `
  SELECT c.oid, c.relname FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND starts_with(c.relname, 'ext_')
    AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped)`;

const rights = 'SELECT, INSERT, UPDATE, DELETE';

/** `server`, and the roles that have been given the schema of views, where anything in it or any sequence is closed to them. */
async function rolesLackingRights(runner: QueryRunner, server: string | undefined): Promise<readonly string[]> {
  const rows = (await runner.query(
    `SELECT r.rolname AS role FROM pg_roles AS r, pg_namespace AS n
     WHERE n.nspname = $1 AND (r.rolname = $2 OR EXISTS (
       SELECT FROM aclexplode(n.nspacl) AS given WHERE given.grantee = r.oid AND r.oid <> n.nspowner))
     AND (NOT has_schema_privilege(r.oid, n.oid, 'USAGE')
       OR NOT has_table_privilege(r.oid, to_regclass('migration'), 'SELECT')
       OR EXISTS (SELECT FROM pg_class AS v WHERE v.relnamespace = n.oid AND v.relkind = 'v'
         AND NOT has_table_privilege(r.oid, v.oid, 'SELECT'))
       OR EXISTS (SELECT FROM (${sharedOfExtensions}) AS t WHERE NOT has_table_privilege(r.oid, t.oid, 'SELECT'))
       OR EXISTS (SELECT FROM pg_class AS s WHERE s.relnamespace = current_schema()::regnamespace
         AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(r.oid, s.oid, 'UPDATE') ELSE false END))`,
    [viewsSchema, server ?? null],
  )) as readonly { readonly role: string }[];
  return rows.map(({ role }) => role);
}

async function grantViews(runner: QueryRunner, name: string): Promise<void> {
  const [role, schema] = [quoted(name), await tablesSchema(runner)];
  await runner.query(`GRANT USAGE ON SCHEMA ${viewsSchema}, ${schema} TO ${role}`);
  await runner.query(`GRANT ${rights} ON ALL TABLES IN SCHEMA ${viewsSchema} TO ${role}`);
  await runner.query(`GRANT SELECT ON migration TO ${role}`);
  await runner.query(`GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
  const shared = (await runner.query(sharedOfExtensions)) as readonly { readonly relname: string }[];
  for (const { relname } of shared) await runner.query(`GRANT ${rights} ON ${quoted(relname)} TO ${role}`);
}

/** Citus does not write through views: there the role has rights on tables, and the belt is off. */
export async function replaceViewsByRights(runner: QueryRunner, server: string | undefined): Promise<void> {
  await runner.query(`DROP SCHEMA IF EXISTS ${viewsSchema} CASCADE`);
  if (server === undefined) return;
  await requireRole(runner, server);
  const [role, schema] = [quoted(server), await tablesSchema(runner)];
  await runner.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  await runner.query(`GRANT ${rights} ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
  await runner.query(`GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
}

async function tablesSchema(runner: QueryRunner): Promise<string> {
  const [row] = (await runner.query('SELECT quote_ident(current_schema()) AS name')) as [{ readonly name: string }];
  return row.name;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
