import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** Rights that a user gave to an app, with the context of that launch; its id is the `sid` of the access tokens. */
@Entity('oauth_grant')
export class OauthGrantEntity extends TenantRow {
  /** The `sid` of its access tokens. */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  /** Name of the account that granted it. */
  @Column({ type: 'text' })
  account!: string;

  /** The `oauth_client` that it was granted to. */
  @Column({ name: 'client_id', type: 'text' })
  clientId!: string;

  /** Payload of oidc-provider. */
  @Column({ type: 'jsonb' })
  payload!: object;

  /** Scopes that were granted, separated by spaces. */
  @Column({ type: 'text', default: '' })
  scopes!: string;

  /** The launch context: patient, encounter and the like. */
  @Column({ type: 'jsonb', default: {} })
  context!: object;

  /** The browser session that it ends with; null: it outlives the session. */
  @Column({ name: 'session_uid', type: 'text', nullable: true })
  sessionUid!: string | null;

  /** When the user decided. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When a token was last given under it; null until it was refreshed. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  /** When it ends unless it is used. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
