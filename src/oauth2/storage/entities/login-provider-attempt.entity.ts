import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A login under way at an upstream provider. */
@Entity('login_provider_attempt')
export class LoginProviderAttemptEntity extends TenantRow {
  /** SHA-256 of the `state` that the provider sends back. */
  @PrimaryColumn({ name: 'state_hash', type: 'text' })
  stateHash!: string;

  /** Id of the provider in LOGIN_PROVIDERS. */
  @Column({ type: 'text' })
  provider!: string;

  /** The interaction of the authorization server that the login is for. */
  @Column({ type: 'text' })
  interaction!: string;

  /** SHA-256 of the cookie of the browser that began. */
  @Column({ name: 'browser_hash', type: 'text' })
  browserHash!: string;

  /** The nonce that the ID token must have. */
  @Column({ type: 'text' })
  nonce!: string;

  /** The PKCE verifier (RFC 7636). */
  @Column({ name: 'code_verifier', type: 'text' })
  codeVerifier!: string;

  /** When it stops to count. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
