import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets that all servers of one database share. */
export class ServerSecret1700000001000 implements MigrationInterface {
  readonly name = 'ServerSecret1700000001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table server_secret (name text primary key, value bytea not null)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table server_secret');
  }
}
