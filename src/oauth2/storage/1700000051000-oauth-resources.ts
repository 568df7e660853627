import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the client that stands for another server which takes tokens of this one (docs/adr/0039). */
export class OauthResources1700000051000 implements MigrationInterface {
  readonly name = 'OauthResources1700000051000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("CREATE INDEX oauth_client_resource ON oauth_client USING gin ((metadata -> 'resources'))");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX oauth_client_resource');
  }
}
