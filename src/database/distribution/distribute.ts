import type { DataSource } from 'typeorm';
import { StartRefused } from '../../config/checks/start-refused.js';
import { replaceViewsByRights } from '../belt/place-views.js';
import { underMigrationLock } from '../migrations/migration-lock.js';
import { readSchemaState } from '../migrations/pending-migrations.js';
import { placeTables } from './place-tables.js';
import { hasCitus, readNodes } from './read-distribution.js';

/**
 * Spreads the rows of tenants over the nodes that Citus knows; returns what was done. `server`: a role that gets rights on tables.
 * Throws `StartRefused` where it cannot begin.
 */
export async function distribute(
  dataSource: DataSource,
  tell: (line: string) => void,
  server?: string,
): Promise<readonly string[]> {
  const cause = (await unfitNodes(dataSource)) ?? (await unfitSchema(dataSource)) ?? (await unfitOwner(dataSource));
  if (cause !== undefined) throw new StartRefused(`The database cannot be distributed: ${cause}`);
  await settlePrepared(dataSource);
  // Before a table is placed, so that servers that start meanwhile find what they may ask.
  await underMigrationLock(dataSource, (runner) => replaceViewsByRights(runner, server), tell);
  return placeTables(dataSource, tell);
}

/**
 * A command that is killed while its step commits can leave prepared transactions at the workers, whose locks hold up the next step.
 * Citus ends them once a minute (`citus.recover_2pc_interval`), and at once where the caller may ask it to.
 */
async function settlePrepared(dataSource: DataSource): Promise<void> {
  const settle = 'recover_prepared_transactions()';
  const [{ may }] = await dataSource.query<[{ readonly may: boolean }]>(
    `SELECT has_function_privilege($1, 'EXECUTE') AS may`,
    [settle],
  );
  if (may) await dataSource.query(`SELECT ${settle}`);
}

async function unfitNodes(dataSource: DataSource): Promise<string | undefined> {
  if (!(await hasCitus(dataSource)))
    return 'it has no Citus. Install Citus, and run CREATE EXTENSION citus in this database of each node.';
  const [{ id }] = await dataSource.query<[{ readonly id: number }]>('SELECT groupid AS id FROM pg_dist_local_group');
  if (id !== 0) return 'this node is a worker. Let DATABASE_URL, or DATABASE_DIRECT_URL, name the coordinator.';
  const workers = (await readNodes(dataSource)).filter(({ isActive, isWorker }) => isActive && isWorker);
  return workers.length === 0
    ? `Citus knows no worker. Run SELECT citus_add_node('HOST', 5432) on the coordinator for each.`
    : undefined;
}

/** Tables and functions of another release are placed by that release, which knows how. */
async function unfitSchema(dataSource: DataSource): Promise<string | undefined> {
  const { pending, unknown } = await readSchemaState(dataSource);
  if (pending.length > 0)
    return `its tables and functions are ${pending.length} migration${pending.length === 1 ? '' : 's'} behind this release. Run "lanyard migrate" first.`;
  return unknown.length > 0
    ? `its tables and functions are of a newer release (${unknown.at(-1)}). Run the command with that release.`
    : undefined;
}

async function unfitOwner(dataSource: DataSource): Promise<string | undefined> {
  const [{ owners, user }] = await dataSource.query<[{ readonly owners: readonly string[]; readonly user: string }]>(
    `SELECT ARRAY(SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1) AS owners,
      current_user::text AS user`,
  );
  const [owner = user, ...others] = owners;
  if (others.length > 0)
    return `its tables have more than one owner (${owners.join(', ')}). Give them to one: REASSIGN OWNED BY ${others.join(', ')} TO ${owner}.`;
  return owner === user ? undefined : `its tables belong to ${owner}. Connect as that user instead of ${user}.`;
}
