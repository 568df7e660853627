import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key of the embedded issuer: published from creation, signing from `activatesAt`, gone after `retiresAt`. */
@Entity('signing_key')
export class SigningKeyEntity {
  @PrimaryColumn({ type: 'integer' })
  tenant!: number;

  @PrimaryColumn({ type: 'text' })
  kid!: string;

  @Column({ type: 'text' })
  alg!: string;

  /** Public members only. */
  @Column({ name: 'public_jwk', type: 'jsonb' })
  publicJwk!: { readonly kty: string; readonly n: string; readonly e: string };

  /** PKCS #8 PEM, or its sealed form (`signing-key-seal.ts`). */
  @Column({ name: 'private_key', type: 'text' })
  privateKey!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'activates_at', type: 'timestamptz' })
  activatesAt!: Date;

  @Column({ name: 'retires_at', type: 'timestamptz', nullable: true })
  retiresAt!: Date | null;
}
