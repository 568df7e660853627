import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { UserAccountEntity } from '../../auth/storage/user-account.entity.js';
import { noPassword } from '../../auth/storage/user-account.repository.js';
import { currentTenant } from '../../database/tenant.js';
import { UpstreamIdentityEntity } from './entities/upstream-identity.entity.js';

/** Somebody at an upstream provider. `sub` is unique and stable there only together with its issuer. */
export interface UpstreamSubject {
  readonly issuer: string;
  readonly subject: string;
}

/** The account here of somebody there. */
export interface LinkedAccount extends AccountRights {
  readonly accountId: string;
  readonly name: string;
  readonly disabled: boolean;
  /** True if grants and fhirUser come from the claims of each login; otherwise they stay as an administrator set them. */
  readonly managed: boolean;
}

export interface AccountRights {
  readonly grants: string;
  readonly fhirUser: string | null;
}

export interface Link extends UpstreamSubject {
  readonly managed: boolean;
}

const uniqueViolation = '23505';

/** SQL where identity and account are read or made together. */
@Injectable()
export class UpstreamIdentityRepository {
  constructor(@InjectRepository(UpstreamIdentityEntity) private readonly rows: Repository<UpstreamIdentityEntity>) {}

  async find({ issuer, subject }: UpstreamSubject): Promise<LinkedAccount | undefined> {
    const rows = await this.rows.query<readonly LinkedAccount[]>(
      `SELECT a.id AS "accountId", a.name, a.grants, a.fhir_user AS "fhirUser", a.disabled_at IS NOT NULL AS disabled, i.managed
       FROM upstream_identity i JOIN user_account a ON a.tenant = i.tenant AND a.id = i.account_id
       WHERE i.tenant = $1 AND i.issuer = $2 AND i.subject = $3`,
      [currentTenant(), issuer, subject],
    );
    return rows[0];
  }

  /** Makes account and link together, or neither: false when the name is taken or somebody linked the subject first. */
  async createAccount({ issuer, subject }: UpstreamSubject, name: string, rights: AccountRights): Promise<boolean> {
    try {
      const rows = await this.rows.query<readonly unknown[]>(
        `WITH account AS (
           INSERT INTO user_account (tenant, id, name, password_hash, grants, fhir_user)
           VALUES ($1, $2, $3, '${noPassword}', $4, $5) ON CONFLICT (tenant, name) DO NOTHING RETURNING id
         )
         INSERT INTO upstream_identity (tenant, issuer, subject, account_id, managed)
         SELECT $1, $6, $7, id, true FROM account RETURNING account_id`,
        [currentTenant(), uuidv7(), name, rights.grants, rights.fhirUser, issuer, subject],
      );
      return rows.length === 1;
    } catch (error) {
      if ((error as { readonly code?: string }).code === uniqueViolation) return false;
      throw error;
    }
  }

  /** Links an account that is there. False when there is no such account, or the subject belongs to one already. */
  async link({ issuer, subject, managed }: Link, accountName: string): Promise<boolean> {
    const rows = await this.rows.query<readonly unknown[]>(
      `INSERT INTO upstream_identity (tenant, issuer, subject, account_id, managed)
       SELECT $1, $2, $3, id, $4 FROM user_account WHERE tenant = $1 AND name = $5
       ON CONFLICT (tenant, issuer, subject) DO NOTHING RETURNING account_id`,
      [currentTenant(), issuer, subject, managed, accountName],
    );
    return rows.length === 1;
  }

  async unlink({ issuer, subject }: UpstreamSubject): Promise<boolean> {
    const { affected } = await this.rows.delete({ tenant: currentTenant(), issuer, subject });
    return affected === 1;
  }

  linksOf(accountName: string): Promise<readonly Link[]> {
    return this.rows.query<readonly Link[]>(
      `SELECT i.issuer, i.subject, i.managed
       FROM upstream_identity i JOIN user_account a ON a.tenant = i.tenant AND a.id = i.account_id
       WHERE i.tenant = $1 AND a.name = $2 ORDER BY i.issuer, i.subject`,
      [currentTenant(), accountName],
    );
  }

  async updateGrants(accountId: string, grants: string): Promise<void> {
    await this.rows.manager.update(UserAccountEntity, { tenant: currentTenant(), id: accountId }, { grants });
  }

  async rememberLogin({ issuer, subject }: UpstreamSubject): Promise<void> {
    await this.rows.update({ tenant: currentTenant(), issuer, subject }, { lastLoginAt: () => 'now()' });
  }
}
