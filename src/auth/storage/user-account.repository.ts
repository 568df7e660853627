import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not, type Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { tenant } from '../../database/tenant.js';
import { UserAccountEntity } from './user-account.entity.js';

export type UserAccount = Readonly<UserAccountEntity>;
/** What labels and Consents withhold from a user. */
export type Withholding = 'clearance' | 'breakGlass' | 'consentExempt' | 'ownIds';
export type NewUserAccount = Pick<UserAccount, 'name' | 'passwordHash' | 'grants' | 'fhirUser'> &
  Partial<Pick<UserAccount, Withholding>>;

/** What is left out stays. */
export type AccountUpdate = Partial<
  Pick<UserAccount, 'passwordHash' | 'oneTimeUntil' | 'grants' | 'fhirUser' | Withholding>
> & {
  readonly disabled?: boolean;
};

@Injectable()
export class UserAccountRepository {
  private readonly rows: Repository<UserAccountEntity>;

  constructor(private readonly dataSource: DataSource) {
    this.rows = dataSource.getRepository(UserAccountEntity);
  }

  findByName(name: string): Promise<UserAccount | null> {
    return this.rows.findOneBy({ tenant: tenant, name });
  }

  findById(id: string): Promise<UserAccount | null> {
    return this.rows.findOneBy({ tenant: tenant, id });
  }

  /** False when the name is taken, also by a server that inserts at the same moment. */
  async insert(account: NewUserAccount): Promise<boolean> {
    const result = await this.rows
      .createQueryBuilder()
      .insert()
      .values({ tenant: tenant, id: uuidv7(), ...account })
      .orIgnore()
      .returning('id')
      .execute();
    return (result.raw as readonly unknown[]).length === 1;
  }

  async updatePassword(id: string, passwordHash: string): Promise<void> {
    await this.rows.update({ tenant: tenant, id }, { passwordHash });
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
      { tenant: tenant, id, passwordHash: usedHash, oneTimeUntil: Not(IsNull()) },
      { passwordHash, oneTimeUntil: null },
    );
    await this.endLinks(id);
    return affected === 1;
  }

  async requireSecondFactor(id: string, required: boolean): Promise<void> {
    await this.rows.update({ tenant: tenant, id }, { secondFactor: required });
  }

  /** In the order of their names, after `after`. */
  list(after: string, count: number): Promise<readonly UserAccount[]> {
    return this.rows.find({ where: { tenant: tenant, name: MoreThan(after) }, order: { name: 'ASC' }, take: count });
  }

  async update(id: string, change: AccountUpdate): Promise<void> {
    const { disabled, ...columns } = change;
    // Once somebody has decided about the rights, the account administered in a former release no more.
    if (change.grants !== undefined)
      await this.dataSource.query('DELETE FROM former_administrator WHERE tenant = $1 AND account_id = $2', [
        tenant,
        id,
      ]);
    await this.rows.update(
      { tenant: tenant, id },
      {
        ...columns,
        ...(disabled !== undefined && { disabledAt: () => (disabled ? 'coalesce(disabled_at, now())' : 'null') }),
      },
    );
    if (change.passwordHash !== undefined) await this.endLinks(id);
  }

  /** Whatever link was handed out for choosing a password, this one came before it. */
  private async endLinks(id: string): Promise<void> {
    await this.rows.query('DELETE FROM password_link WHERE tenant = $1 AND account_id = $2', [tenant, id]);
  }

  async disable(id: string): Promise<void> {
    await this.rows.update({ tenant: tenant, id, disabledAt: IsNull() }, { disabledAt: () => 'now()' });
  }
}
