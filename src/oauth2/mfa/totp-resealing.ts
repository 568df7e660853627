import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { describeError } from '../../observability/describe-error.js';
import { MfaRepository } from '../storage/mfa.repository.js';
import { isTotpSealedWith, sealTotp, unsealTotp } from './totp-seal.js';

const lookEveryMs = 60_000;

/** Seals the TOTP secrets of all accounts with the first of KEY_ENCRYPTION_SECRET, so that those after it can be taken away. */
@Injectable()
export class TotpResealing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(TotpResealing.name);
  private timer: NodeJS.Timeout | undefined;
  private sealedWith: string | undefined;

  constructor(
    private readonly stored: MfaRepository,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.keySecrets) return;
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
    this.look();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Once for each first secret. How many were sealed anew. */
  async reseal(): Promise<number> {
    const secrets = this.options.keySecrets?.() ?? [];
    const [secret] = secrets;
    if (secret === undefined || secret === this.sealedWith) return 0;
    let count = 0;
    for (const { accountId, secret: stored } of await this.stored.totpSecrets()) {
      if (isTotpSealedWith(stored, accountId, secret)) continue;
      const opened = unsealTotp(stored, accountId, secrets);
      await this.stored.resealTotp(accountId, stored, sealTotp(opened, accountId, secret));
      count++;
    }
    this.sealedWith = secret;
    return count;
  }

  private look(): void {
    void this.reseal().then(
      (count) => count > 0 && this.logger.log(`${count} second factors are sealed with KEY_ENCRYPTION_SECRET anew.`),
      (error: unknown) => this.logger.error(`Second factors cannot be sealed anew: ${describeError(error)}`),
    );
  }
}
