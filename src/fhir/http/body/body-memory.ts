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
  readonly key: string;
  /** It came with credentials; all that come without, from one network, are one caller. */
  readonly isKnown: boolean;
}

/**
 * The bytes of all bodies that are being received or worked on (setting BODY_MEMORY). What finds no room is refused and does
 * not wait, so that unfinished bodies cannot block each other; a quarter is kept for small ones. One caller holds no more than
 * its share (setting CALLER_SHARE, docs/adr/0055).
 */
@Injectable()
export class BodyMemory {
  readonly limit: number;
  /** The most that one caller can have: room for one small body at least. */
  readonly most: number;
  readonly patience: number;
  /** Bytes that are held now. */
  held = 0;
  /** Bodies that found no room. */
  readonly refused: Record<BodyShortage, number> = { 'caller-share': 0, 'body-memory': 0 };
  private readonly heldBy = new Map<string, number>();
  private readonly arriving = new Set<BodyHold>();

  constructor(@Inject(FHIR_OPTIONS) { bodyMemory, callerShare, requestTimeout }: FhirOptions) {
    this.limit = bodyMemory;
    this.most = Math.max(Math.floor(bodyMemory * callerShare), Math.min(small, bodyMemory));
    this.patience = requestTimeout * 1000;
  }

  /** The most that one body can ever have. */
  get largest(): number {
    return Math.min(this.most, Math.floor((this.limit * 3) / 4));
  }

  /** `giveWay` ends the request with an answer, when its body takes too long and others need the room. */
  begin({ key, isKnown }: Holder, giveWay: () => void): BodyHold {
    const hold = new BodyHold(this, { key: `${currentTenant()} ${key}`, isKnown }, giveWay);
    this.arriving.add(hold);
    return hold;
  }

  /** Throws {@link BodyShareTaken} and {@link BodyMemoryTaken}. */
  require(hold: BodyHold, bytes: number): void {
    const { key, isKnown } = hold.holder;
    const beyondShare = (): number => (this.heldBy.get(key) ?? 0) + bytes - this.most;
    if (beyondShare() > 0) this.makeRoom(hold, beyondShare(), (other) => other.holder.key === key);
    if (beyondShare() > 0) {
      this.refused['caller-share']++;
      throw new BodyShareTaken(isKnown, this.most, soon());
    }
    const all = hold.bytes + bytes > small ? Math.floor((this.limit * 3) / 4) : this.limit;
    const beyond = (): number => this.held + bytes - all;
    if (beyond() > 0) this.makeRoom(hold, beyond());
    if (beyond() > 0) {
      this.refused['body-memory']++;
      throw new BodyMemoryTaken(this.limit, soon());
    }
  }

  count({ holder: { key } }: BodyHold, bytes: number): void {
    this.held += bytes;
    const ofCaller = (this.heldBy.get(key) ?? 0) + bytes;
    if (ofCaller > 0) this.heldBy.set(key, ofCaller);
    else this.heldBy.delete(key);
  }

  forget(hold: BodyHold): void {
    this.arriving.delete(hold);
  }

  /** Ends bodies that have been arriving for longer than REQUEST_TIMEOUT, the oldest first. */
  private makeRoom(asking: BodyHold, wanted: number, may: (hold: BodyHold) => boolean = () => true): void {
    let left = wanted;
    for (const hold of this.arriving) {
      if (left <= 0) return;
      if (hold === asking || Date.now() - hold.began < this.patience || !may(hold)) continue;
      left -= hold.bytes;
      hold.giveWay();
    }
  }
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

const holderOf = ({ ip, fhirContext }: HoldingRequest): Holder =>
  fhirContext ? { key: fhirContext.caller.key, isKnown: true } : { key: networkOf(ip), isKnown: false };

/** Memory that one request holds. */
export class BodyHold {
  readonly began = Date.now();
  bytes = 0;
  private isReleased = false;

  constructor(
    private readonly memory: BodyMemory,
    readonly holder: Holder,
    private readonly end: () => void,
  ) {}

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
