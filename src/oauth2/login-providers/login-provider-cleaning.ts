import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyHour } from '../../database/every-hour.js';
import { LoginProviderAttemptRepository } from '../storage/login-provider-attempt.repository.js';

/** Removes logins that nobody finished. */
@Injectable()
export class LoginProviderCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly attempts: LoginProviderAttemptRepository) {}

  onModuleInit(): void {
    this.timer = everyHour(() => this.attempts.purge());
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}
