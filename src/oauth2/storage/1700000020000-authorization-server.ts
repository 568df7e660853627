import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Codes, refresh tokens, browser sessions and the like; what users granted; prepared launches. */
export class AuthorizationServer1700000020000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of tables) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE oauth_launch, oauth_grant, oauth_artifact');
  }
}

const tables = [
  // Whoever has the text of a code or a token can use it, so only its hash is kept.
  `CREATE TABLE oauth_artifact (
    tenant integer NOT NULL,
    model text NOT NULL,
    hash text NOT NULL,
    payload jsonb NOT NULL,
    grant_id text,
    uid text,
    used_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, model, hash)
  )`,
  'CREATE INDEX oauth_artifact_grant ON oauth_artifact (tenant, grant_id) WHERE grant_id IS NOT NULL',
  'CREATE UNIQUE INDEX oauth_artifact_uid ON oauth_artifact (tenant, model, uid) WHERE uid IS NOT NULL',
  'CREATE INDEX oauth_artifact_expiry ON oauth_artifact (tenant, expires_at)',
  `CREATE TABLE oauth_grant (
    tenant integer NOT NULL,
    id text NOT NULL,
    account text NOT NULL,
    client_id text NOT NULL,
    payload jsonb NOT NULL,
    scopes text NOT NULL DEFAULT '',
    context jsonb NOT NULL DEFAULT '{}',
    session_uid text,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
  )`,
  'CREATE INDEX oauth_grant_account ON oauth_grant (tenant, account)',
  'CREATE INDEX oauth_grant_client ON oauth_grant (tenant, client_id)',
  'CREATE INDEX oauth_grant_session ON oauth_grant (tenant, session_uid) WHERE session_uid IS NOT NULL',
  'CREATE INDEX oauth_grant_expiry ON oauth_grant (tenant, expires_at)',
  `CREATE TABLE oauth_launch (
    tenant integer NOT NULL,
    hash text NOT NULL,
    client_id text NOT NULL,
    account text NOT NULL,
    context jsonb NOT NULL,
    used_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, hash)
  )`,
  'CREATE INDEX oauth_launch_expiry ON oauth_launch (tenant, expires_at)',
];
