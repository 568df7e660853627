import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Not, type Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { currentTenant } from '../../database/tenant.js';
import { FormerAdministratorEntity } from './former-administrator.entity.js';
import { PasswordLinkEntity } from './password-link.entity.js';
import { UserAccountEntity } from './user-account.entity.js';

export type UserAccount = Readonly<UserAccountEntity>;
/** No password has this hash, and checking one against it takes as long as against any other. */
export const noPassword = '!';
/** Settings of a user for labels and Consents. */
export type Withholding = 'clearance' | 'breakGlass' | 'consentExempt' | 'ownIds';
export type NewUserAccount = Pick<UserAccount, 'name' | 'passwordHash' | 'grants' | 'fhirUser'> &
  Partial<Pick<UserAccount, Withholding>>;

/** Fields that are left out keep their values. */
export type AccountUpdate = Partial<
  Pick<UserAccount, 'passwordHash' | 'oneTimeUntil' | 'grants' | 'fhirUser' | Withholding>
> & {
  readonly disabled?: boolean;
};

@Injectable()
export class UserAccountRepository {
  constructor(@InjectRepository(UserAccountEntity) private readonly rows: Repository<UserAccountEntity>) {}

  findByName(name: string): Promise<UserAccount | null> {
    return this.rows.findOneBy({ tenant: currentTenant(), name });
  }

  findById(id: string): Promise<UserAccount | null> {
    return this.rows.findOneBy({ tenant: currentTenant(), id });
  }

  /** False when the name is taken, also by a server that inserts at the same moment. */
  async insert(account: NewUserAccount): Promise<boolean> {
    const result = await this.rows
      .createQueryBuilder()
      .insert()
      .values({ tenant: currentTenant(), id: uuidv7(), ...account })
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as readonly unknown[]).length === 1;
  }

  async updatePassword(id: string, passwordHash: string): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), id }, { passwordHash });
  }

  /** A password that counts once, for so long. Returns until when. */
  async setOneTimePassword(id: string, passwordHash: string, ttlSeconds: number): Promise<Date> {
    const until = new Date(Date.now() + ttlSeconds * 1000);
    await this.update(id, { passwordHash, oneTimeUntil: until });
    return until;
  }

  /** In place of the one-time password with this hash; false when it is no longer the one there. */
  async replaceOneTimePassword(id: string, usedHash: string, passwordHash: string): Promise<boolean> {
    const { affected } = await this.rows.update(
      { tenant: currentTenant(), id, passwordHash: usedHash, oneTimeUntil: Not(IsNull()) },
      { passwordHash, oneTimeUntil: null },
    );
    await this.endLinks(id);
    return affected === 1;
  }

  async requireSecondFactor(id: string, required: boolean): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), id }, { secondFactor: required });
  }

  /** In the order of their names, after `after`. */
  list(after: string, count: number): Promise<readonly UserAccount[]> {
    return this.rows.find({
      where: { tenant: currentTenant(), name: MoreThan(after) },
      order: { name: 'ASC' },
      take: count,
    });
  }

  /** Accounts that can log in, and for which Consents count less than for others, by their names; so many at most. */
  exempt(most: number): Promise<readonly UserAccount[]> {
    const canLogIn = { tenant: currentTenant(), disabledAt: IsNull() };
    return this.rows.find({
      where: [
        { ...canLogIn, consentExempt: true },
        { ...canLogIn, ownIds: true },
      ],
      order: { name: 'ASC' },
      take: most,
    });
  }

  async update(id: string, change: AccountUpdate): Promise<void> {
    const { disabled, ...columns } = change;
    // Once somebody has decided about the rights, the account administered in a former release no more.
    if (change.grants !== undefined)
      await this.rows.manager.delete(FormerAdministratorEntity, { tenant: currentTenant(), accountId: id });
    await this.rows.update(
      { tenant: currentTenant(), id },
      {
        ...columns,
        ...(disabled !== undefined && { disabledAt: () => (disabled ? 'least(disabled_at, now())' : 'null') }),
      },
    );
    if (change.passwordHash !== undefined) await this.endLinks(id);
  }

  /** Ends links for choosing a password that were handed out before: the password was changed since. */
  private async endLinks(id: string): Promise<void> {
    await this.rows.manager.delete(PasswordLinkEntity, { tenant: currentTenant(), accountId: id });
  }

  async disable(id: string): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), id, disabledAt: IsNull() }, { disabledAt: () => 'now()' });
  }
}
