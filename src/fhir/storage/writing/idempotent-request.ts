import { createHash } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { LostRace } from '../session/database-failure.js';
import { tenant } from '../session/tenant-parameter.js';
import { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import { everyHour, type Recurring } from '../../../database/every-hour.js';

/** A request that is carried out once, however often it is sent (header `Idempotency-Key`). */
export interface IdempotentRequest {
  /** The name that the client gave it. */
  readonly key: string;
  /** Hash of who sent it: keys of different callers have nothing to do with each other. */
  readonly caller: string;
  /** Hash of all that was sent. */
  readonly request: string;
}

/** 422: the key stands for another request. */
export class KeyOfAnotherRequest extends FhirError {
  readonly status = 422;
  constructor() {
    super({
      code: 'business-rule',
      diagnostics:
        'The Idempotency-Key was sent with another request in the last 24 hours. Send this one with a key of its own; repeat a request with the same address, headers and body.',
    });
  }
}

/** 422: what was answered then was answered to other rights. */
export class KeyOfOtherRights extends FhirError {
  readonly status = 422;
  constructor() {
    super({
      code: 'business-rule',
      diagnostics:
        'This request was carried out under its Idempotency-Key in the last 24 hours, with a token or with policies that granted something else: ' +
        'other scopes, another patient, another purpose. Repeat it with the same scopes and context; to carry it out once more, send a key of its own.',
    });
  }
}

const lifetime = `interval '24 hours'`;

/**
 * The first statement of the transaction of `session`: a request with the same key waits here until the other one has
 * ended. `reach`: what the caller may do, as the answer depends on it. The answer is stored with what it tells of, or not at all. Throws {@link KeyOfAnotherRequest}, {@link KeyOfOtherRights}.
 */
export async function runOnce<T extends object>(
  session: SqlSession,
  { key, caller, request }: IdempotentRequest,
  reach: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const access = createHash('sha256').update(reach()).digest('base64url');
  if ((await session.count(claim(caller, key, `${request}.${access}`))) === 0) {
    const [known] = await session.rows<{ request: string; answer: string | null }>(find(caller, key));
    // It was too old, and has been removed since.
    if (!known) throw new LostRace();
    const [sent, granted] = known.request.split('.');
    if (sent !== request) throw new KeyOfAnotherRequest();
    if (granted !== access) throw new KeyOfOtherRights();
    return JSON.parse(known.answer ?? '') as T;
  }
  const answer = await work();
  await session.count(keep(caller, key, JSON.stringify(answer)));
  return answer;
}

/** Changes no row where the key is in use. */
const claim = (...values: [string, string, string]): Statement => ({
  text:
    `INSERT INTO idempotency_key (tenant, caller, key, request) VALUES (${tenant}, $1, $2, $3) ` +
    `ON CONFLICT (tenant, caller, key) DO UPDATE SET request = excluded.request, answer = NULL, created = excluded.created ` +
    `WHERE excluded.created - idempotency_key.created > ${lifetime}`,
  values,
});

const find = (...values: [string, string]): Statement => ({
  text: `SELECT request, answer FROM idempotency_key WHERE tenant = ${tenant} AND caller = $1 AND key = $2`,
  values,
});

const keep = (...values: [string, string, string]): Statement => ({
  text: `UPDATE idempotency_key SET answer = $3 WHERE tenant = ${tenant} AND caller = $1 AND key = $2`,
  values,
});

export const forgetOldKeys: Statement = {
  text: `DELETE FROM idempotency_key WHERE tenant = ${tenant} AND created < now() - ${lifetime}`,
  values: [],
};

/** Forgets keys after their day, once an hour, in every process: deleting nothing is cheap. */
@Injectable()
export class IdempotencyCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: Recurring | undefined;

  constructor(private readonly session: SqlSession) {}

  onModuleInit(): void {
    this.timer = everyHour(() => this.session.count(forgetOldKeys));
  }

  onModuleDestroy(): void {
    this.timer?.stop();
  }
}
