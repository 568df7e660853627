import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { migrations } from '../../src/app/start/schema.js';
import { migrateAudited } from '../../src/cli/actions/migrate-audited.js';
import { createDataSource } from '../../src/database/data-source.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

class FailingTable1900000009001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('select 1/0');
  }
  async down(): Promise<void> {}
}

/** The command that changes the schema is written down in the audit (docs/adr/0025). */
describe('lanyard migrate', () => {
  let database: FreshDatabase;
  const opened: DataSource[] = [];
  const settings = {
    audit: { isOn: true, retention: 0, shapesDays: 0 },
    schema: { migrations: 'manual', directUrl: undefined, owner: undefined },
  } as const;

  beforeAll(async () => {
    database = await freshDatabase('empty');
  });
  afterAll(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    await database.drop();
  });

  const run = async (given: readonly (new () => MigrationInterface)[], isOn = true): Promise<readonly string[]> => {
    const dataSource = await createDataSource(database.url, given, []).initialize();
    opened.push(dataSource);
    return migrateAudited(dataSource, { ...settings, audit: { ...settings.audit, isOn } }, () => undefined);
  };
  const records = async (): Promise<readonly string[]> => {
    const rows: readonly { entry: string }[] = await opened[0]!.query(
      'SELECT entry::text FROM audit_record ORDER BY 1',
    );
    return rows.map(({ entry }) => entry);
  };

  it('leaves who brought the schema to this release, once', async () => {
    const applied = await run(migrations);
    expect(applied.length).toBe(migrations.length);
    expect(await run(migrations)).toEqual([]);
    const [record, ...more] = await records();
    expect(more).toEqual([]);
    for (const told of ['(command line)', 'lanyard migrate', 'database schema', applied.at(-1)!])
      expect(record).toContain(told);
  });

  it('leaves that it failed, and nothing where nothing is audited', async () => {
    const more = [...migrations, FailingTable1900000009001];
    await expect(run(more, false)).rejects.toThrow('division by zero');
    expect(await records()).toHaveLength(1);
    await expect(run(more)).rejects.toThrow('division by zero');
    const told = (await records()).filter((record) => record.includes('division by zero'));
    expect(told).toEqual([expect.stringContaining('FailingTable1900000009001')]);
  });
});
