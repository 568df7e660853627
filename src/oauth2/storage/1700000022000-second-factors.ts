import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors of local users, and the sessions of the pages where users look after their apps. */
export class SecondFactors1700000022000 implements MigrationInterface {
  readonly name = 'SecondFactors1700000022000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of tables) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE page_session, recovery_code, passkey, totp_factor');
  }
}

const tables = [
  `CREATE TABLE totp_factor (
    tenant integer NOT NULL,
    account_id uuid NOT NULL,
    secret text NOT NULL,
    last_step bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, account_id)
  )`,
  `CREATE TABLE passkey (
    tenant integer NOT NULL,
    credential_id text NOT NULL,
    account_id uuid NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    transports text[] NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    PRIMARY KEY (tenant, credential_id)
  )`,
  'CREATE INDEX passkey_account ON passkey (tenant, account_id)',
  `CREATE TABLE recovery_code (
    tenant integer NOT NULL,
    account_id uuid NOT NULL,
    hash text NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant, account_id, hash)
  )`,
  `CREATE TABLE page_session (
    tenant integer NOT NULL,
    hash text NOT NULL,
    account_id uuid NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, hash)
  )`,
  'CREATE INDEX page_session_account ON page_session (tenant, account_id)',
  'CREATE INDEX page_session_expiry ON page_session (tenant, expires_at)',
];
