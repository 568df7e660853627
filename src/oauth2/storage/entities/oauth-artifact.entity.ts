import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Artifacts of oidc-provider that expire: codes, sessions, refresh tokens, assertions seen. */
@Entity('oauth_artifact')
export class OauthArtifactEntity extends TenantRow {
  /** The name that oidc-provider gives to its kind: `AuthorizationCode`, `Session` … */
  @PrimaryColumn({ type: 'text' })
  model!: string;

  /** SHA-256 of its id: the text of a code or token can be used by whoever has it. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** Payload of oidc-provider. */
  @Column({ type: 'jsonb' })
  payload!: object;

  /** The `oauth_grant` that it ends with. */
  @Column({ name: 'grant_id', type: 'text', nullable: true })
  grantId!: string | null;

  /** Second name by which a session is found. */
  @Column({ type: 'text', nullable: true })
  uid!: string | null;

  /** When it was used up; null until then. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  /** When it is not there any more. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
