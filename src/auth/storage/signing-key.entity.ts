import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A key of the embedded issuer: published from creation, signing from `activatesAt`, gone after `retiresAt`. */
@Entity('signing_key')
export class SigningKeyEntity extends TenantRow {
  /** Its name in the header of a token (RFC 7515 section 4.1.4). */
  @PrimaryColumn({ type: 'text' })
  kid!: string;

  /** The algorithm that it signs with. */
  @Column({ type: 'text' })
  alg!: string;

  /** Public members only. */
  @Column({ name: 'public_jwk', type: 'jsonb' })
  publicJwk!: { readonly kty: string; readonly n: string; readonly e: string };

  /** PKCS #8 PEM, or its sealed form (`signing-key-seal.ts`). */
  @Column({ name: 'private_key', type: 'text' })
  privateKey!: string;

  /** When the key was made and published. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** When it begins to sign. */
  @Column({ name: 'activates_at', type: 'timestamptz' })
  activatesAt!: Date;

  /** When it is published no more; null: not decided. */
  @Column({ name: 'retires_at', type: 'timestamptz', nullable: true })
  retiresAt!: Date | null;
}
