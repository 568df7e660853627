import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Confidentiality } from '../../r4/model/confidentiality.js';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A user managed here. Accounts are disabled, never deleted, so that a name (`sub`) never comes to mean somebody else. */
@Entity('user_account')
export class UserAccountEntity extends TenantRow {
  /** Stands for the account in other tables. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Name that the user types at the login; the `sub` of tokens. */
  @Column({ type: 'text' })
  name!: string;

  /** Salted scrypt hash; `!`: no password. */
  @Column({ name: 'password_hash', type: 'text' })
  passwordHash!: string;

  /** The password was made by an administrator, and counts until then for nothing but choosing another one; null: it is the user's own. */
  @Column({ name: 'one_time_until', type: 'timestamptz', nullable: true })
  oneTimeUntil!: Date | null;

  /** Relative reference such as `Practitioner/p1`. */
  @Column({ name: 'fhir_user', type: 'text', nullable: true })
  fhirUser!: string | null;

  /** SMART scopes, separated by spaces. */
  @Column({ type: 'text' })
  grants!: string;

  /** True if a password alone is not enough. */
  @Column({ name: 'second_factor', type: 'boolean', default: false })
  secondFactor!: boolean;

  /** The highest confidentiality that the user may see; null: that of the setting CLEARANCE. */
  @Column({ type: 'text', nullable: true })
  clearance!: Confidentiality | null;

  /** True if the user may lift Consents in an emergency. */
  @Column({ name: 'break_glass', type: 'boolean', default: false })
  breakGlass!: boolean;

  /** True if Consents do not apply to the user. */
  @Column({ name: 'consent_exempt', type: 'boolean', default: false })
  consentExempt!: boolean;

  /** True if the user may create at ids of their own although Consents deny something. */
  @Column({ name: 'own_ids', type: 'boolean', default: false })
  ownIds!: boolean;

  /** When the account was made. */
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** Since when the account may not log in; null: it may. */
  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;
}
