import { Inject, Injectable, Optional } from '@nestjs/common';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { LOCAL_ISSUER, type LocalIssuer } from '../../../auth/accounts/local-issuer.js';
import type { Principal } from '../../../auth/principal.js';
import { checkRevocation } from '../../../auth/token/revocation.check.js';
import { refusal } from '../../../auth/refusals/token-refusal.js';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { Refused } from '../../../refusal/refusal.js';
import { AccessRules } from '../../../scope/access-rules.js';

/** Milliseconds between two looks. */
const lookEvery = 2000;

/** Looks after callers whose work goes on without a request. */
@Injectable()
export class Standings {
  constructor(
    private readonly rules: AccessRules,
    @Optional() @Inject(LOCAL_ISSUER) private readonly issuer?: LocalIssuer,
    @Optional() @Inject(LocalAccounts) private readonly accounts?: LocalAccounts,
  ) {}

  /**
   * Begins to look; throws {@link Refused} where the caller does not count any more, and `DecisionsUnavailable` where the
   * decision point does not say what is permitted. `stop` it when the work is done.
   */
  async of(principal: Principal): Promise<Standing> {
    const consulted = await this.rules.consult(principal);
    const standing = new Standing(consulted, async () => {
      const lost = await this.lost(principal);
      return lost ?? (await this.changed(principal, consulted));
    });
    await standing.begin();
    return standing;
  }

  /** A decision of the decision point is valid for a time: work that goes on longer asks again. */
  private async changed(principal: Principal, consulted: Principal): Promise<Error | undefined> {
    try {
      return (await this.rules.consult(principal)) === consulted ? undefined : new Refused([decidedAnew]);
    } catch (error) {
      // Nothing is permitted without it.
      if (error instanceof TemporarilyUnavailable) return error;
      throw error;
    }
  }

  /** Undefined while the caller counts, and where nobody can say so right now: the next look will. */
  private async lost(principal: Principal): Promise<Refused | undefined> {
    // Another issuer says that a token was revoked only to who sends the token, which is not kept.
    if (!principal.local) return undefined;
    const refusals = this.issuer ? (await checkRevocation(principal, this.issuer)).refusals : [];
    const revoked = refusals.find(({ code }) => code === 'token-revoked');
    if (revoked) return new Refused([revoked]);
    if (principal.kind !== 'user' || !this.accounts) return undefined;
    const account = await this.accounts.findActiveByName(principal.subject);
    return account ? undefined : new Refused([disabled]);
  }
}

const disabled = refusal(
  'token-revoked',
  'The account of the user was disabled, which ends all tokens.',
  'An administrator enables it again; then log in and call again.',
);

const decidedAnew = refusal(
  'operation-not-granted',
  'The decision point permits something else by now than when this work began.',
  'Begin it again: it is done by what is permitted now.',
);

/** Asks every two seconds if one caller still counts. */
export class Standing {
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(
    /** The caller, with what the decision point says. */
    readonly principal: Principal,
    private readonly lost: () => Promise<Error | undefined>,
  ) {}

  async begin(): Promise<void> {
    await this.look();
    this.requireNow();
    this.timer = setInterval(() => void this.look().catch(() => undefined), lookEvery).unref();
  }

  /** Ends with the rights of the caller; its reason is the {@link Refused}, or who cannot be asked about them. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Throws once the rights have ended. */
  readonly requireNow = (): void => this.signal.throwIfAborted();

  /** Rejects when the rights end, else never settles. */
  get whenLost(): Promise<never> {
    return new Promise((_resolve, reject) => {
      const end = (): void => reject(this.signal.reason as Error);
      if (this.signal.aborted) end();
      else this.signal.addEventListener('abort', end, { once: true });
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking || this.signal.aborted) return;
    this.looking = true;
    try {
      const reason = await this.lost();
      if (reason) this.ended.abort(reason);
    } finally {
      this.looking = false;
    }
  }
}
