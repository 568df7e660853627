import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../../observability/describe-error.js';
import type { TextSeal } from './text-seal.js';

const lookEveryMs = 60_000;

export interface SealedText {
  /** What the text belongs to. */
  readonly owner: string;
  readonly stored: string;
}

/** Texts of one kind in the database. */
export interface SealedTexts<T extends SealedText> {
  all(): Promise<readonly T[]>;
  /** Puts the text in the place of the one that was stored, if that still is. */
  replace(before: T, stored: string): Promise<void>;
}

/** Seals all texts of a kind with the first of KEY_ENCRYPTION_SECRET, so that those after it can be taken away. */
export class Resealing<T extends SealedText> implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Resealing.name);
  private timer: NodeJS.Timeout | undefined;
  private sealedWith: string | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly seal: TextSeal,
    private readonly texts: SealedTexts<T>,
    /** Absent: nothing is sealed. */
    private readonly keySecrets: (() => readonly string[]) | undefined,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.keySecrets) return;
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
    this.look();
  }

  /** What is under way needs the database. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Once for each first secret. How many were sealed anew. */
  async reseal(): Promise<number> {
    const secrets = this.keySecrets?.() ?? [];
    const [secret] = secrets;
    if (secret === undefined || secret === this.sealedWith) return 0;
    let count = 0;
    for (const text of await this.texts.all()) {
      const { owner, stored } = text;
      if (this.seal.isSealedWith(stored, owner, secret)) continue;
      await this.texts.replace(text, this.seal.seal(this.seal.open(stored, owner, secrets), owner, secret));
      count++;
    }
    this.sealedWith = secret;
    return count;
  }

  private look(): void {
    const { what } = this.seal;
    this.looking = this.reseal().then(
      (count) => void (count > 0 && this.logger.log(`KEY_ENCRYPTION_SECRET seals ${what} anew: ${count}.`)),
      (error: unknown) => this.logger.error(`${what} cannot be sealed anew: ${describeError(error)}`),
    );
  }
}
