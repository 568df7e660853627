import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { currentTenant } from '../../database/tenant.js';

/** Who goes on to administer after an upgrade from 0.1.0, and who does not. */
export interface AdministrationDecision {
  readonly kept: string;
  readonly others: readonly string[];
}

/** Who administers now, as far as the accounts tell. */
export interface AdministrationFacts {
  /** Accounts that may log in and manage users. */
  readonly managers: number;
  /** Accounts that administered in 0.1.0, may log in, and have no right to administer now. */
  readonly lost: readonly string[];
}

/** Accounts that administered by `user/*.cruds`, as 0.1.0 had it (docs/adr/0037). SQL: rights are matched and ordered by expressions. */
@Injectable()
export class FormerAdministratorRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Decides once for all servers and for ever: the preferred user goes on, or else the oldest account. Those that may log in and are
   * linked to no patient come first: for others the right would not count. Undefined where nothing is left to decide.
   */
  decide(preferred: string): Promise<AdministrationDecision | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const undecided = await transaction.query<readonly { readonly id: string }[]>(
        'SELECT account_id AS id FROM former_administrator WHERE tenant = $1 AND kept IS NULL ORDER BY account_id FOR UPDATE',
        [currentTenant()],
      );
      if (undecided.length === 0) return undefined;
      const accounts = await transaction.query<readonly { readonly id: string; readonly name: string }[]>(
        `SELECT id, name FROM user_account WHERE tenant = $1 AND id = ANY($2)
         ORDER BY disabled_at IS NOT NULL, coalesce(fhir_user ~ '^(Patient|RelatedPerson|Person)/', false), name <> $3, created_at, id`,
        [currentTenant(), undecided.map(({ id }) => id), preferred.normalize('NFC')],
      );
      const [first, ...others] = accounts;
      await transaction.query(
        `UPDATE former_administrator SET kept = (account_id = $2) WHERE tenant = $1 AND kept IS NULL`,
        [currentTenant(), first?.id],
      );
      if (!first) return undefined;
      await transaction.query(
        `UPDATE user_account SET grants = grants || ' admin/*.cruds' WHERE tenant = $1 AND id = $2`,
        [currentTenant(), first.id],
      );
      return { kept: first.name, others: others.map(({ name }) => name) };
    });
  }

  async facts(): Promise<AdministrationFacts> {
    const [managers] = await this.dataSource.query<readonly { readonly count: number }[]>(
      `SELECT count(*)::int AS count FROM user_account
       WHERE tenant = $1 AND disabled_at IS NULL AND grants ~ '(^|\\s)admin/(\\*|User)\\.'`,
      [currentTenant()],
    );
    const lost = await this.dataSource.query<readonly { readonly name: string }[]>(
      `SELECT a.name FROM former_administrator f JOIN user_account a ON a.tenant = f.tenant AND a.id = f.account_id
       WHERE f.tenant = $1 AND f.kept = false AND a.disabled_at IS NULL AND a.grants !~ '(^|\\s)admin/' ORDER BY a.name LIMIT 100`,
      [currentTenant()],
    );
    return { managers: managers?.count ?? 0, lost: lost.map(({ name }) => name) };
  }
}
