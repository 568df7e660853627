import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { TemporarilyUnavailable } from '../model/fhir-error.js';
import { RequestTimeout } from '../model/request-errors.js';

/** Bytes of a body that may take the share kept for small ones. */
const small = 1_048_576;

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

/**
 * The bytes of all bodies that are being received or worked on (setting BODY_MEMORY). What finds no room is refused and does
 * not wait, so that unfinished bodies cannot block each other; a quarter is kept for small ones.
 */
@Injectable()
export class BodyMemory {
  readonly limit: number;
  readonly patience: number;
  private held = 0;
  private readonly arriving = new Set<BodyHold>();

  constructor(@Inject(FHIR_OPTIONS) { bodyMemory, requestTimeout }: FhirOptions) {
    this.limit = bodyMemory;
    this.patience = requestTimeout * 1000;
  }

  /** The most that one body can ever have. */
  get largest(): number {
    return Math.floor((this.limit * 3) / 4);
  }

  /** `giveWay` ends the request with an answer, when its body takes too long and others need the room. */
  begin(giveWay: () => void): BodyHold {
    const hold = new BodyHold(this, giveWay);
    this.arriving.add(hold);
    return hold;
  }

  /** Throws {@link BodyMemoryTaken}. */
  require(hold: BodyHold, bytes: number): void {
    const most = hold.bytes + bytes > small ? this.largest : this.limit;
    if (this.held + bytes > most) this.makeRoom(hold, this.held + bytes - most);
    if (this.held + bytes > most) throw new BodyMemoryTaken(this.limit, 1 + Math.floor(Math.random() * 4));
  }

  count(bytes: number): void {
    this.held += bytes;
  }

  forget(hold: BodyHold): void {
    this.arriving.delete(hold);
  }

  /** Of those that have been arriving for longer than REQUEST_TIMEOUT, the oldest first. */
  private makeRoom(asking: BodyHold, wanted: number): void {
    let left = wanted;
    for (const hold of this.arriving) {
      if (left <= 0) return;
      if (hold === asking || Date.now() - hold.began < this.patience) continue;
      left -= hold.bytes;
      hold.giveWay();
    }
  }
}

interface HoldingRequest {
  bodyHold?: BodyHold;
  giveWay?: () => void;
}

/** Where the bytes of the body are counted until the request is answered. */
export const holdOf = (request: HoldingRequest, memory: BodyMemory): BodyHold =>
  (request.bodyHold ??= memory.begin(() => request.giveWay?.()));

/** What one request holds. */
export class BodyHold {
  readonly began = Date.now();
  bytes = 0;
  private isReleased = false;

  constructor(
    private readonly memory: BodyMemory,
    private readonly end: () => void,
  ) {}

  /** Throws {@link BodyMemoryTaken} when there is no room for what is announced. */
  expect(bytes: number): void {
    this.memory.require(this, bytes);
  }

  /** Throws {@link BodyMemoryTaken}. */
  take(bytes: number): void {
    if (this.isReleased) throw new RequestTimeout('The body took too long.');
    this.memory.require(this, bytes);
    this.bytes += bytes;
    this.memory.count(bytes);
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
    this.memory.count(-this.bytes);
  }
}
