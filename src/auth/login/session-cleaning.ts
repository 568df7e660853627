import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ExpiredRowsRepository } from '../storage/expired-rows.repository.js';

const EVERY_MS = 3_600_000;

/** Removes what has expired, once an hour, in every process: deleting nothing is cheap. */
@Injectable()
export class SessionCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly expired: ExpiredRowsRepository) {}

  onModuleInit(): void {
    // A database that is away has nothing to clean; the next hour will do.
    this.timer = setInterval(() => void this.expired.purge().catch(() => undefined), EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
