import { Injectable, type OnModuleInit } from '@nestjs/common';
import { StartRefused } from '../config/checks/start-refused.js';

/** Collects all faults of features, so that a developer sees them in one start. */
@Injectable()
export class FeatureFaults implements OnModuleInit {
  private readonly lines: string[] = [];

  /** Runs the registration of a feature; an error becomes a line. */
  collect(feature: string, register: () => void): true {
    try {
      register();
    } catch (error) {
      const lines = error instanceof StartRefused ? error.lines : [`${feature}: ${(error as Error).message}`];
      this.lines.push(...lines.map((line) => `EXTENSIONS: ${line}`));
    }
    return true;
  }

  /** Throws `StartRefused` when a feature does not fit. */
  onModuleInit(): void {
    if (this.lines.length > 0) throw new StartRefused(...this.lines);
  }
}
