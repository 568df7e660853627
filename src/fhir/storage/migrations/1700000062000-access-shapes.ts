import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `access_shape`: the distinct shapes of requests that were decided lately, for trials of policies (docs/adr/0101). `caller` and
 * `request`: JSON without ids of patients and without criteria; `key`: their hash; `seen`: requests of this shape.
 */
export class AccessShapes1700000062000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_shape (
        tenant    integer          NOT NULL,
        key       text COLLATE "C" NOT NULL,
        caller    text             NOT NULL,
        request   text             NOT NULL,
        seen      bigint           NOT NULL,
        last_seen timestamptz      NOT NULL,
        PRIMARY KEY (tenant, key)
      )`);
    await runner.query('CREATE INDEX access_shape_last_seen ON access_shape (tenant, last_seen)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_shape');
  }
}
