import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyHour, type Recurring } from '../../database/every-hour.js';
import { LoginProviderAttemptRepository } from '../storage/login-provider-attempt.repository.js';

/** Removes logins that nobody finished. */
@Injectable()
export class LoginProviderCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: Recurring | undefined;

  constructor(private readonly attempts: LoginProviderAttemptRepository) {}

  onModuleInit(): void {
    this.timer = everyHour(() => this.attempts.purge());
  }

  onModuleDestroy(): void {
    this.timer?.stop();
  }
}
