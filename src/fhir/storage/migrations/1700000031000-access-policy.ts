import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Policies and groups of users that administrators edit: every version, the last one counts. `body` is JSON, and null
 * where it was taken away. `generation` changes with every version, so that servers see at a glance whether there is news.
 */
export class AccessPolicy1700000031000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_policy (
        tenant     integer          NOT NULL,
        kind       text COLLATE "C" NOT NULL,
        name       text COLLATE "C" NOT NULL,
        version    integer          NOT NULL,
        body       text,
        changed_by text             NOT NULL,
        changed_at timestamptz      NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, kind, name, version)
      )`);
    await runner.query('CREATE TABLE access_policy_state (tenant integer PRIMARY KEY, generation bigint NOT NULL)');
    await runner.query('INSERT INTO access_policy_state (tenant, generation) VALUES (1, 1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_policy_state');
    await runner.query('DROP TABLE access_policy');
  }
}
