import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Registered clients, and the tokens that open dynamic registration. */
export class OauthClients1700000021000 implements MigrationInterface {
  readonly name = 'OauthClients1700000021000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of tables) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE registration_token, oauth_client');
  }
}

const tables = [
  `CREATE TABLE oauth_client (
    tenant integer NOT NULL,
    id text NOT NULL,
    metadata jsonb NOT NULL,
    origins text[] NOT NULL,
    secret_hash text,
    registration_hash text,
    machine_session text NOT NULL DEFAULT gen_random_uuid()::text,
    created_by text NOT NULL CHECK (created_by IN ('admin', 'apply', 'registration')),
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    PRIMARY KEY (tenant, id)
  )`,
  'CREATE INDEX oauth_client_origin ON oauth_client USING gin (origins)',
  `CREATE TABLE registration_token (
    tenant integer NOT NULL,
    hash text NOT NULL,
    scopes text,
    uses_left integer NOT NULL CHECK (uses_left >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, hash)
  )`,
];
