import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../../database/tenant-row.entity.js';

/** A passkey of an account (https://www.w3.org/TR/webauthn-3/). */
@Entity('passkey')
export class PasskeyEntity extends TenantRow {
  /** Credential ID, base64url. */
  @PrimaryColumn({ name: 'credential_id', type: 'text' })
  credentialId!: string;

  /** Whose it is. */
  @Column({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** Public key, COSE. */
  @Column({ name: 'public_key', type: 'bytea' })
  publicKey!: Buffer;

  /** Signature counter: a smaller one tells of a copy. */
  @Column({ type: 'bigint' })
  counter!: string;

  /** Transports of the authenticator, for the browser. */
  @Column({ type: 'text', array: true })
  transports!: string[];

  /** The name that the user gave it. */
  @Column({ type: 'text' })
  label!: string;

  /** When it was added. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When it was last used; null: never. */
  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
