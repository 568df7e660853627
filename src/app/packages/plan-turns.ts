import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { FhirError } from '../../r4/errors/fhir-error.js';

/** Plans that are made at once: each unpacks an archive and may validate thousands of resources. */
const mostAtOnce = 2;

/** 429: the caller's plan before, or as many plans as may be, are being made. */
export class PlansBusy extends FhirError {
  readonly status = 429;
  override readonly headers = { 'retry-after': '5' };
  constructor(isCallers: boolean) {
    const fact = isCallers
      ? 'Another plan of yours is being made, and one caller has one at a time.'
      : `${mostAtOnce} plans are being made, and no more may be at once.`;
    super({ code: 'throttled', diagnostics: `${fact} Repeat it in 5 s; one that nobody waits for any more ends.` });
  }
}

/** Bounds the plans of packages that are made at once for requests to this server: two, and of one caller one (docs/adr/0115). */
@Injectable()
export class PlanTurns {
  private readonly callers = new Set<string>();

  /** Throws {@link PlansBusy} before any work. */
  async run<T>({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>, work: () => Promise<T>): Promise<T> {
    const caller = JSON.stringify([issuer, subject]);
    if (this.callers.has(caller)) throw new PlansBusy(true);
    if (this.callers.size >= mostAtOnce) throw new PlansBusy(false);
    this.callers.add(caller);
    try {
      return await work();
    } finally {
      this.callers.delete(caller);
    }
  }
}
