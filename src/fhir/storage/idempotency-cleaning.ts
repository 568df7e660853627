import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { forgetOldKeys } from './idempotent-request.js';
import { SqlSession } from './sql-session.js';

const everyMs = 3_600_000;

/** Forgets keys after their day, once an hour, in every process: deleting nothing is cheap. */
@Injectable()
export class IdempotencyCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly session: SqlSession) {}

  onModuleInit(): void {
    // A database that is away has nothing to clean; the next hour will do.
    this.timer = setInterval(() => void this.session.count(forgetOldKeys).catch(() => undefined), everyMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
