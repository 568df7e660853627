import { RefusalFlood } from '../../audit/refusal-flood.js';
import type { RequestFacts } from '../../observability/request-facts.js';
import type { ServerLog } from '../../observability/server-log.js';

const minute = 60_000;

/** A line for each request; of a flood of refusals the first ones of a reason and network, and each minute how many more there were. */
export class RequestLines {
  private readonly flood = new RefusalFlood();
  private readonly timer = setInterval(() => this.logLeftOut(), minute).unref();

  constructor(private readonly log: Pick<ServerLog, 'request' | 'leftOut'>) {}

  tell(facts: RequestFacts, address: string): void {
    // Probes come every few seconds and say nothing as long as they are content.
    if (facts.interaction === 'health' && facts.status < 400) return;
    if (!isRefused(facts) || this.flood.admits(reasonOf(facts), address)) this.log.request(facts);
  }

  close(): void {
    clearInterval(this.timer);
    this.logLeftOut();
  }

  /** Logs left-out refusals by reason alone: the log does not need the networks. */
  private logLeftOut(): void {
    const counts = new Map<string, number>();
    for (const { reason, count } of this.flood.take()) counts.set(reason, (counts.get(reason) ?? 0) + count);
    for (const [reason, count] of counts) this.log.leftOut(reason, count);
  }
}

const reasonOf = ({ reasons: [reason] = [], status }: RequestFacts): string => reason ?? `http-${status}`;

const isRefused = ({ status, reasons }: RequestFacts): boolean =>
  status === 401 || status === 403 || status === 429 || (status < 500 && reasons !== undefined);
