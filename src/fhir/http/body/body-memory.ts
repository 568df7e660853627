import { Inject, Injectable } from '@nestjs/common';
import { networkOf } from '../../../auth/throttle/network-of.js';
import type { RequestCaller } from '../../../database/caller-shares.js';
import { currentTenant } from '../../../database/tenant.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { FhirError, TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { RequestTimeout } from '../../../r4/errors/request-errors.js';

/** Bytes of a body that may take the share kept for small ones. */
const small = 1_048_576;

/** Reason why a body finds no room. */
export type BodyShortage = 'caller-share' | 'body-memory';

/** 503: other bodies hold the memory that there is for bodies. */
export class BodyMemoryTaken extends TemporarilyUnavailable {
  constructor(limit: number, retryAfterSeconds: number) {
    super(
      retryAfterSeconds,
      `Bodies of other requests take the ${limit} bytes that this server keeps for bodies (setting BODY_MEMORY); this ` +
        `one was not read to its end. Repeat it in ${retryAfterSeconds} s; a small body finds room sooner.`,
      'throttled',
    );
  }
}

/** 429: bodies of the same caller hold the part that one caller may have; others go on. */
export class BodyShareTaken extends FhirError {
  readonly status = 429;
  override readonly headers: Readonly<Record<string, string>>;
  constructor(isKnown: boolean, most: number, retryAfterSeconds: number) {
    const whose = isKnown ? 'your other requests' : 'requests without credentials from this address';
    super({
      code: 'throttled',
      diagnostics:
        `Bodies of ${whose} take the ${most} bytes that one caller may have of the memory for bodies (the part CALLER_SHARE of the setting ` +
        `BODY_MEMORY); this one was not read to its end. Repeat it in ${retryAfterSeconds} s, when some of them have been answered, and send fewer at once.`,
    });
    this.headers = { 'retry-after': String(retryAfterSeconds) };
  }
}

/** Owner of the bodies that share the part of one caller. */
interface Holder {
  readonly tenant: number;
  readonly key: string;
  /** It came with credentials; all that come without, from one network, are one caller. */
  readonly isKnown: boolean;
}

/**
 * The bytes of all bodies that are being received or worked on (setting BODY_MEMORY). What finds no room is refused and does
 * not wait, so that unfinished bodies cannot block each other; a quarter is kept for small ones. One caller holds no more than
 * its share (setting CALLER_SHARE, docs/adr/0055), and one tenant no more than half of all, or that share where it is more, once several tenants have sent bodies (docs/adr/0159).
 */
@Injectable()
export class BodyMemory {
  readonly limit: number;
  /** The most that one caller can have: room for one small body at least. */
  readonly most: number;
  private readonly mostOfTenant: number;
  readonly patience: number;
  /** Bytes that are held now. */
  held = 0;
  /** Bodies that found no room. */
  readonly refused: Record<BodyShortage, number> = { 'caller-share': 0, 'body-memory': 0 };
  private readonly heldBy = new Map<string, number>();
  private readonly heldByTenant = new Map<number, number>();
  /** The tenant whose body was the first, and whether another one has sent one. */
  private first: number | undefined;
  private isShared = false;
  private readonly arriving = new Set<BodyHold>();

  constructor(@Inject(FHIR_OPTIONS) { bodyMemory, callerShare, requestTimeout }: FhirOptions) {
    this.limit = bodyMemory;
    this.most = Math.max(Math.floor(bodyMemory * callerShare), Math.min(small, bodyMemory));
    this.mostOfTenant = Math.max(this.most, Math.floor(bodyMemory / 2));
    this.patience = requestTimeout * 1000;
  }

  /** The most that one body can ever have. */
  get largest(): number {
    return Math.min(this.most, Math.floor((this.limit * 3) / 4));
  }

  /** `giveWay` ends the request with an answer, when its body takes too long and others need the room. */
  begin({ key, isKnown }: Omit<Holder, 'tenant'>, giveWay: () => void): BodyHold {
    const tenant = currentTenant();
    this.first ??= tenant;
    if (tenant !== this.first) this.isShared = true;
    const hold = new BodyHold(this, { tenant, key: `${tenant} ${key}`, isKnown }, giveWay);
    this.arriving.add(hold);
    return hold;
  }

  /** Throws {@link BodyShareTaken} and {@link BodyMemoryTaken}. */
  require(hold: BodyHold, bytes: number): void {
    const { key, tenant, isKnown } = hold.holder;
    const ofCaller = () => (this.heldBy.get(key) ?? 0) + bytes - this.most;
    if (!this.hasRoom(hold, ofCaller, (other) => other.holder.key === key)) {
      this.refused['caller-share']++;
      throw new BodyShareTaken(isKnown, this.most, soon());
    }
    const ofTenant = () => (this.isShared ? (this.heldByTenant.get(tenant) ?? 0) + bytes - this.mostOfTenant : 0);
    const all = hold.bytes + bytes > small ? Math.floor((this.limit * 3) / 4) : this.limit;
    const ofAll = () => this.held + bytes - all;
    if (!this.hasRoom(hold, ofTenant, (other) => other.holder.tenant === tenant) || !this.hasRoom(hold, ofAll)) {
      this.refused['body-memory']++;
      throw new BodyMemoryTaken(this.limit, soon());
    }
  }

  count({ holder: { key, tenant } }: BodyHold, bytes: number): void {
    this.held += bytes;
    add(this.heldBy, key, bytes);
    add(this.heldByTenant, tenant, bytes);
  }

  forget(hold: BodyHold): void {
    this.arriving.delete(hold);
  }

  /** False where so many bytes are too many (`beyond`), after bodies that have been arriving for longer than REQUEST_TIMEOUT were ended, the oldest first. */
  private hasRoom(asking: BodyHold, beyond: () => number, may: (hold: BodyHold) => boolean = () => true): boolean {
    let left = beyond();
    if (left <= 0) return true;
    for (const hold of this.arriving) {
      if (left <= 0) break;
      if (hold === asking || Date.now() - hold.began < this.patience || !may(hold)) continue;
      left -= hold.bytes;
      hold.giveWay();
    }
    return beyond() <= 0;
  }
}

function add<K>(sums: Map<K, number>, key: K, bytes: number): void {
  const sum = (sums.get(key) ?? 0) + bytes;
  if (sum > 0) sums.set(key, sum);
  else sums.delete(key);
}

/** Seconds, not the same for all who were refused at once. */
const soon = (): number => 1 + Math.floor(Math.random() * 4);

interface HoldingRequest {
  readonly ip: string;
  readonly fhirContext?: { readonly caller: RequestCaller };
  bodyHold?: BodyHold;
  giveWay?: () => void;
}

/** Returns the count of the bytes of the body, kept until the request is answered. */
export const holdOf = (request: HoldingRequest, memory: BodyMemory): BodyHold =>
  (request.bodyHold ??= memory.begin(holderOf(request), () => request.giveWay?.()));

const holderOf = ({ ip, fhirContext }: HoldingRequest): Omit<Holder, 'tenant'> =>
  fhirContext ? { key: fhirContext.caller.key, isKnown: true } : { key: networkOf(ip), isKnown: false };

/** Memory that one request holds. */
export class BodyHold {
  private readonly from = Date.now();
  /** Milliseconds for which this server read no further. */
  waited = 0;
  bytes = 0;
  private isReleased = false;

  constructor(
    private readonly memory: BodyMemory,
    readonly holder: Holder,
    private readonly end: () => void,
  ) {}

  /** Instant from which the client's time counts: later by the time for which this server read no further. */
  get began(): number {
    return this.from + this.waited;
  }

  /** Throws {@link BodyShareTaken} and {@link BodyMemoryTaken} when there is no room for what is announced. */
  expect(bytes: number): void {
    this.memory.require(this, bytes);
  }

  /** Throws {@link BodyShareTaken} and {@link BodyMemoryTaken}. */
  take(bytes: number): void {
    if (this.isReleased) throw new RequestTimeout('The body took too long.');
    this.memory.require(this, bytes);
    this.bytes += bytes;
    this.memory.count(this, bytes);
  }

  /** This server did not read for so many milliseconds: the client is not late for it. */
  wait(milliseconds: number): void {
    this.waited += milliseconds;
  }

  /** The body is there: it gives way to nobody. */
  arrived(): void {
    this.memory.forget(this);
  }

  giveWay(): void {
    this.release();
    this.end();
  }

  /** The body is no longer needed. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.memory.forget(this);
    this.memory.count(this, -this.bytes);
  }
}
