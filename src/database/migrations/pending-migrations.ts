import type { DataSource, MigrationInterface } from 'typeorm';
import { isOfExtension } from './table-prefix.js';

/** A migration is known by the name of its class, which ends in the time it was made. */
export type MigrationClass = new () => MigrationInterface;

export interface SchemaState {
  /** Migrations to apply, oldest first. */
  readonly pending: readonly MigrationClass[];
  readonly applied: readonly string[];
  /** Applied by a newer release; an older one works beside it. Extensions that are not loaded leave none. */
  readonly unknown: readonly string[];
}

/** Compares the migrations of this release with those that the database has. Changes nothing. */
export async function readSchemaState(dataSource: DataSource): Promise<SchemaState> {
  const [{ found }] = await dataSource.query<[{ found: boolean }]>(
    // A role that may not read it yet waits for whoever migrates, and gives it its rights.
    `SELECT coalesce(has_table_privilege(to_regclass('migration'), 'SELECT'), false) AS found`,
  );
  const rows = found
    ? await dataSource.query<readonly { name: string }[]>(`SELECT name FROM migration ORDER BY id`)
    : [];
  const applied = rows.map(({ name }) => name);
  const known = (dataSource.options.migrations ?? []) as unknown as readonly MigrationClass[];
  return {
    applied,
    pending: known.filter(({ name }) => !applied.includes(name)).toSorted(byTime),
    unknown: applied.filter((name) => !isOfExtension(name) && known.every((migration) => migration.name !== name)),
  };
}

/** Name of the newest migration of this release, those of extensions apart; empty where there is none. */
export function newestMigration({ options }: DataSource): string {
  const known = (options.migrations ?? []) as unknown as readonly MigrationClass[];
  return (
    known
      .filter(({ name }) => !isOfExtension(name))
      .toSorted(byTime)
      .at(-1)?.name ?? ''
  );
}

const byTime = (left: MigrationClass, right: MigrationClass): number => timeOf(left) - timeOf(right);

/** TypeORM's order: by the thirteen digits at the end of the name. */
const timeOf = ({ name }: MigrationClass): number => Number(name.slice(-13));
