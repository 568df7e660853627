import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Logins under way at upstream providers, and which account belongs to whom there. No foreign keys: `tenant` leads every key. */
export class LoginProviders1700000023000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of tables) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE login_provider_attempt, upstream_identity');
  }
}

const tables = [
  `CREATE TABLE login_provider_attempt (
    tenant integer NOT NULL,
    state_hash text NOT NULL,
    provider text NOT NULL,
    interaction text NOT NULL,
    browser_hash text NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, state_hash)
  )`,
  'CREATE INDEX login_provider_attempt_interaction ON login_provider_attempt (tenant, interaction)',
  'CREATE INDEX login_provider_attempt_expiry ON login_provider_attempt (tenant, expires_at)',
  `CREATE TABLE upstream_identity (
    tenant integer NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    account_id uuid NOT NULL,
    managed boolean NOT NULL,
    linked_at timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz,
    PRIMARY KEY (tenant, issuer, subject)
  )`,
  'CREATE INDEX upstream_identity_account ON upstream_identity (tenant, account_id)',
];
