import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyHour } from '../../../database/every-hour.js';
import { forgetOldKeys } from './idempotent-request.js';
import { SqlSession } from '../session/sql-session.js';

/** Forgets keys after their day, once an hour, in every process: deleting nothing is cheap. */
@Injectable()
export class IdempotencyCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly session: SqlSession) {}

  onModuleInit(): void {
    this.timer = everyHour(() => this.session.count(forgetOldKeys));
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
