import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, sessions, refresh tokens, revocations, signing keys and failed attempts. No foreign keys: `tenant` leads every key. */
export class LocalAccounts1700000002000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of tables) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP TABLE login_throttle, signing_key, revocation, refresh_token, login_session, user_account',
    );
  }
}

const tables = [
  `CREATE TABLE user_account (
    tenant integer NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    fhir_user text,
    grants text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name)
  )`,
  `CREATE TABLE login_session (
    tenant integer NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, id)
  )`,
  'CREATE INDEX login_session_user ON login_session (tenant, user_id)',
  'CREATE INDEX login_session_expiry ON login_session (tenant, expires_at)',
  `CREATE TABLE refresh_token (
    tenant integer NOT NULL,
    hash text NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant, hash)
  )`,
  'CREATE INDEX refresh_token_expiry ON refresh_token (tenant, expires_at)',
  `CREATE TABLE revocation (
    tenant integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('jti', 'sid')),
    value text NOT NULL,
    revoked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, kind, value)
  )`,
  'CREATE INDEX revocation_order ON revocation (tenant, revoked_at)',
  `CREATE TABLE signing_key (
    tenant integer NOT NULL,
    kid text NOT NULL,
    alg text NOT NULL,
    public_jwk jsonb NOT NULL,
    private_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    activates_at timestamptz NOT NULL,
    retires_at timestamptz,
    PRIMARY KEY (tenant, kid)
  )`,
  `CREATE TABLE login_throttle (
    tenant integer NOT NULL,
    key text NOT NULL,
    failures integer NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, key)
  )`,
];
