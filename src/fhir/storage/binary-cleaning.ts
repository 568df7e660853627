import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { BinaryContents } from './binary-contents.js';

const everyMs = 3_600_000;

/** Removes what uploads left that nobody finished, at start and once an hour, in every process. */
@Injectable()
export class BinaryCleaning implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly contents: BinaryContents) {}

  onModuleInit(): void {
    this.clean();
    this.timer = setInterval(() => this.clean(), everyMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  // A database that is away has nothing to clean; the next hour will do.
  private clean(): void {
    void this.contents.discardOld().catch(() => undefined);
  }
}
