import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type EntityManager, type Repository } from 'typeorm';
import { LoginSessionEntity } from './login-session.entity.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { RevocationEntity } from './revocation.entity.js';
import { expiryOf, secondsFromNow, secondsFromThisMoment } from '../../database/database-time.js';
import { currentTenant } from '../../database/tenant.js';

export type LoginSession = Readonly<LoginSessionEntity>;

export interface NewLoginSession {
  readonly id: string;
  readonly userId: string;
  readonly scopes: string;
  readonly ttlSeconds: number;
  readonly refreshHash: string;
}

export interface Rotation {
  readonly usedHash: string;
  readonly successorHash: string;
  readonly graceSeconds: number;
}

/** Outcome of a refresh: only `rotated` carries on, with a session that is alive. */
export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly session: LoginSession }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' | 'revoked' | 'reused'; readonly session: LoginSession };

/** Sessions and their refresh tokens. A row lock on the session puts everything that happens to it in order. */
@Injectable()
export class LoginSessionRepository {
  constructor(
    @InjectRepository(LoginSessionEntity) private readonly sessions: Repository<LoginSessionEntity>,
    @InjectRepository(RefreshTokenEntity) private readonly tokens: Repository<RefreshTokenEntity>,
  ) {}

  async open({ id, userId, scopes, ttlSeconds, refreshHash }: NewLoginSession): Promise<void> {
    await this.sessions.manager.transaction('READ COMMITTED', async (tx) => {
      const inserted = await tx
        .createQueryBuilder()
        .insert()
        .into(LoginSessionEntity)
        .values({ tenant: currentTenant(), id, userId, scopes, expiresAt: secondsFromNow(ttlSeconds) })
        .returning('expires_at')
        .execute();
      await insertToken(tx, { hash: refreshHash, sessionId: id, expiresAt: expiryOf(inserted) });
    });
  }

  async findByRefreshHash(hash: string): Promise<LoginSession | null> {
    const token = await this.tokens.findOneBy({ tenant: currentTenant(), hash });
    return token && this.sessions.findOneBy({ tenant: currentTenant(), id: token.sessionId });
  }

  /** Uses a refresh token up; one that was used within the grace gives the same successor again. */
  async rotate(rotation: Rotation): Promise<RotationOutcome> {
    return this.sessions.manager.transaction('READ COMMITTED', async (tx): Promise<RotationOutcome> => {
      const token = await tx.findOneBy(RefreshTokenEntity, { tenant: currentTenant(), hash: rotation.usedHash });
      const session = token && (await lockSession(tx, token.sessionId));
      if (!session) return { kind: 'unknown' };
      if (session.revokedAt) return { kind: 'revoked', session };
      const use = await useToken(tx, rotation);
      if (use !== 'first' && use !== 'repeated') return { kind: use, session };
      if (use === 'first') {
        await insertToken(tx, { hash: rotation.successorHash, sessionId: session.id, expiresAt: session.expiresAt });
      }
      return { kind: 'rotated', session };
    });
  }

  /** Ends sessions and, in the same transaction, publishes that to every process; returns the ids that it ended. */
  async end(which: { readonly id: string } | { readonly userId: string }, accessTtlSeconds: number): Promise<string[]> {
    return this.sessions.manager.transaction('READ COMMITTED', async (tx) => {
      const result = await tx
        .createQueryBuilder()
        .update(LoginSessionEntity)
        .set({ revokedAt: () => 'statement_timestamp()' })
        .where({ tenant: currentTenant(), revokedAt: IsNull(), ...which })
        .returning(['id'])
        .execute();
      const ids = (result.raw as readonly { readonly id: string }[]).map(({ id }) => id);
      if (ids.length > 0) await revokeSessions(tx, ids, accessTtlSeconds);
      return ids;
    });
  }
}

function lockSession(tx: EntityManager, id: string): Promise<LoginSession | null> {
  return tx.findOne(LoginSessionEntity, {
    where: { tenant: currentTenant(), id },
    lock: { mode: 'pessimistic_write' },
  });
}

async function insertToken(
  tx: EntityManager,
  token: Pick<RefreshTokenEntity, 'hash' | 'sessionId' | 'expiresAt'>,
): Promise<void> {
  await tx.insert(RefreshTokenEntity, { tenant: currentTenant(), ...token });
}

/** One atomic update decides who is first; times are those of the database. */
async function useToken(tx: EntityManager, rotation: Rotation): Promise<'first' | 'repeated' | 'expired' | 'reused'> {
  const first = await tx
    .createQueryBuilder()
    .update(RefreshTokenEntity)
    .set({ usedAt: () => 'statement_timestamp()' })
    .where({ tenant: currentTenant(), hash: rotation.usedHash, usedAt: IsNull() })
    .andWhere('expires_at > statement_timestamp()')
    .execute();
  if (first.affected === 1) return 'first';
  // SQL: both are judged by the clock of the database.
  const [token] = await tx.query<readonly { readonly expired: boolean; readonly in_grace: boolean }[]>(
    `SELECT expires_at <= statement_timestamp() AS expired,
            used_at > statement_timestamp() - make_interval(secs => $3) AS in_grace
     FROM refresh_token WHERE tenant = $1 AND hash = $2`,
    [currentTenant(), rotation.usedHash, rotation.graceSeconds],
  );
  if (!token || token.expired) return 'expired';
  return token.in_grace ? 'repeated' : 'reused';
}

async function revokeSessions(tx: EntityManager, ids: readonly string[], accessTtlSeconds: number): Promise<void> {
  await tx
    .createQueryBuilder()
    .insert()
    .into(RevocationEntity)
    .values(
      ids.map((value) => ({
        tenant: currentTenant(),
        kind: 'sid' as const,
        value,
        expiresAt: secondsFromThisMoment(accessTtlSeconds),
      })),
    )
    .orIgnore()
    .execute();
}
