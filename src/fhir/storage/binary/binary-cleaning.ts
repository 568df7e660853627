import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyHour, type Recurring } from '../../../database/every-hour.js';
import { BinaryContents } from './binary-contents.js';

/** Removes what uploads left that nobody finished, at start and once an hour, in every process. */
@Injectable()
export class BinaryCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: Recurring | undefined;

  constructor(private readonly contents: BinaryContents) {}

  onModuleInit(): void {
    void this.contents.discardOld().catch(() => undefined);
    this.timer = everyHour(() => this.contents.discardOld());
  }

  onModuleDestroy(): void {
    this.timer?.stop();
  }
}
