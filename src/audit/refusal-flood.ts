import { networkOf } from '../auth/throttle/network-of.js';

/** Refusals of one kind from one network that are written down one by one, in a minute. */
const mostOfOne = 10;
/** Limit of all kinds together, in a minute. */
const mostOfAll = 200;
/** Kinds that are told apart in a minute; those beyond are counted together. */
const mostKinds = 1_000;

/** Refusals that are only counted. */
export interface CountedRefusals {
  readonly reason: string;
  /** An IPv4 /24, an IPv6 /64, or `others`. */
  readonly network: string;
  readonly count: number;
}

/** Tells refusals of unknown callers that are written down one by one from floods, which are counted; bounded whatever comes. */
export class RefusalFlood {
  private readonly seen = new Map<string, number>();
  private readonly counted = new Map<string, number>();
  private written = 0;

  /** True if this one gets a record of its own; otherwise it is counted. */
  admits(reason: string, address: string): boolean {
    const kind = this.kindOf(reason, neighbourhoodOf(address));
    const seen = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, seen);
    if (seen <= mostOfOne && this.written < mostOfAll) {
      this.written++;
      return true;
    }
    this.counted.set(kind, (this.counted.get(kind) ?? 0) + 1);
    return false;
  }

  /** Ends the minute: what was only counted in it. */
  take(): readonly CountedRefusals[] {
    const taken = [...this.counted].map(([kind, count]) => {
      const [reason, network] = JSON.parse(kind) as [string, string];
      return { reason, network, count };
    });
    this.seen.clear();
    this.counted.clear();
    this.written = 0;
    return taken;
  }

  private kindOf(reason: string, network: string): string {
    const kind = JSON.stringify([reason, network]);
    return this.seen.has(kind) || this.seen.size < mostKinds ? kind : JSON.stringify([reason, 'others']);
  }
}

/** Network of an address; for IPv4 the /24: floods come from neighbours. */
function neighbourhoodOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/.exec(address);
  return v4 ? `${v4[1]}.0/24` : networkOf(address);
}
