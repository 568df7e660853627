import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { LoginProviderAttemptEntity } from './entities/login-provider-attempt.entity.js';
import { isAhead, isAnHourOld } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

/** A browser that was sent to an upstream provider. State and browser are kept as hashes: whoever reads them here cannot use them. */
export interface LoginProviderAttempt {
  readonly stateHash: string;
  readonly provider: string;
  /** The interaction of the authorization server that the login is for. */
  readonly interaction: string;
  readonly browserHash: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export type AttemptSecrets = Pick<LoginProviderAttempt, 'nonce' | 'codeVerifier'>;

/** A user who comes back to the page and tries again leaves attempts behind; more than these are not kept. */
const keptPerInteraction = 5;

@Injectable()
export class LoginProviderAttemptRepository {
  constructor(
    @InjectRepository(LoginProviderAttemptEntity) private readonly rows: Repository<LoginProviderAttemptEntity>,
  ) {}

  // SQL: surplus attempts go in the statement that adds one.
  async insert(attempt: LoginProviderAttempt, ttlSeconds: number): Promise<void> {
    const { stateHash, provider, interaction, browserHash, nonce, codeVerifier } = attempt;
    await this.rows.query(
      `WITH surplus AS (
         DELETE FROM login_provider_attempt WHERE tenant = $1 AND state_hash IN (
           SELECT state_hash FROM login_provider_attempt WHERE tenant = $1 AND interaction = $4
           ORDER BY expires_at DESC OFFSET ${keptPerInteraction - 1})
       )
       INSERT INTO login_provider_attempt
         (tenant, state_hash, provider, interaction, browser_hash, nonce, code_verifier, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, statement_timestamp() + make_interval(secs => $8))`,
      [currentTenant(), stateHash, provider, interaction, browserHash, nonce, codeVerifier, ttlSeconds],
    );
  }

  /** Which interaction an answer is for; it proves nothing yet. */
  async findInteraction(stateHash: string, provider: string): Promise<string | undefined> {
    const row = await this.rows.findOneBy({ tenant: currentTenant(), stateHash, provider, expiresAt: isAhead() });
    return row?.interaction;
  }

  /** The attempt whose state, provider, interaction and browser are these; nobody gets it a second time, in no process. */
  async consume(attempt: Omit<LoginProviderAttempt, keyof AttemptSecrets>): Promise<AttemptSecrets | undefined> {
    const { stateHash, provider, interaction, browserHash } = attempt;
    // SQL: the statement that removes it tells what it was.
    const rows = await this.rows.query<readonly (AttemptSecrets & { readonly isFresh: boolean })[]>(
      `WITH gone AS (DELETE FROM login_provider_attempt
       WHERE tenant = $1 AND state_hash = $2 AND provider = $3 AND interaction = $4 AND browser_hash = $5
       RETURNING nonce, code_verifier, expires_at)
       SELECT nonce, code_verifier AS "codeVerifier", expires_at > statement_timestamp() AS "isFresh" FROM gone`,
      [currentTenant(), stateHash, provider, interaction, browserHash],
    );
    return rows[0]?.isFresh ? rows[0] : undefined;
  }

  async purge(): Promise<void> {
    await this.rows.delete({ tenant: currentTenant(), expiresAt: isAnHourOld() });
  }
}
