import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyHour, type Recurring } from '../../database/every-hour.js';
import { ExpiredRowsRepository } from '../storage/expired-rows.repository.js';

/** Removes what has expired, once an hour, in every process: deleting nothing is cheap. */
@Injectable()
export class SessionCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: Recurring | undefined;

  constructor(private readonly expired: ExpiredRowsRepository) {}

  onModuleInit(): void {
    this.timer = everyHour(() => this.expired.purge());
  }

  onModuleDestroy(): void {
    this.timer?.stop();
  }
}
