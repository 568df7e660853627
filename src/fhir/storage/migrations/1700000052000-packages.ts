import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Installed FHIR packages (docs/adr/0076).
 *
 * - `package`: one row for each version of a package. `guide`: JSON of what it asks of servers; `problems`: JSON of what of it does not work.
 * - `package_definition`: where a canonical leads. The definition itself is the resource with this type and id; `version_order` sorts
 *   versions, the newest last.
 * - `package_state`: changes with every installation, so that servers see at a glance whether there is news. No row means: nothing
 *   was ever installed.
 */
export class Packages1700000052000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE package (
        tenant       integer          NOT NULL,
        name         text COLLATE "C" NOT NULL,
        version      text COLLATE "C" NOT NULL,
        manifest     text             NOT NULL,
        digest       text             NOT NULL,
        guide        text             NOT NULL,
        problems     text             NOT NULL,
        definitions  integer          NOT NULL,
        installed_by text             NOT NULL,
        installed_at timestamptz      NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, name, version)
      )`);
    await runner.query(`
      CREATE TABLE package_definition (
        tenant          integer          NOT NULL,
        type            text COLLATE "C" NOT NULL,
        id              text COLLATE "C" NOT NULL,
        url             text COLLATE "C" NOT NULL,
        version         text COLLATE "C" NOT NULL,
        version_order   text COLLATE "C" NOT NULL,
        package         text COLLATE "C" NOT NULL,
        package_version text COLLATE "C" NOT NULL,
        digest          text             NOT NULL,
        PRIMARY KEY (tenant, type, id)
      )`);
    await runner.query('CREATE INDEX package_definition_url ON package_definition (tenant, type, url, version_order)');
    await runner.query(
      'CREATE INDEX package_definition_package ON package_definition (tenant, package, package_version)',
    );
    await runner.query('CREATE TABLE package_state (tenant integer PRIMARY KEY, generation bigint NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE package_state');
    await runner.query('DROP TABLE package_definition');
    await runner.query('DROP TABLE package');
  }
}
