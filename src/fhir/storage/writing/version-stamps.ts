import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { askPart } from '../../../observability/call-part.js';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { isId } from '../../../r4/model/id.js';
import { CLOCK, type Clock } from './clock.js';
import { ID_GENERATOR, type IdGenerator } from './id-generator.js';

/** Milliseconds that a clock may be away from that of the machine. */
const farthest = 60_000;

/** 503: a part that names or dates new versions failed, so nothing was stored. */
export class NotStamped extends TemporarilyUnavailable {
  constructor(part: string) {
    super(
      5,
      `New versions get their id or time from ${part}, which does not answer as it should right now, so nothing was written. ` +
        'Send the request again after the time in Retry-After.',
    );
  }
}

/** Ids of new resources and times of new versions. Throws {@link NotStamped} where a part of the application fails. */
@Injectable()
export class VersionStamps {
  private readonly logger = new Logger('Parts');

  constructor(
    @Optional() @Inject(ID_GENERATOR) private readonly ids?: IdGenerator,
    @Optional() @Inject(CLOCK) private readonly clock?: Clock,
  ) {}

  /** An id that no resource has; if one has it all the same, the insert fails and overwrites nothing. */
  newId(type: string): string {
    const { ids } = this;
    return ids ? stamped(`ID_GENERATOR ${ids.name}`, () => ids.newId(type), readId) : uuidv7();
  }

  /** Milliseconds since 1970. */
  now(): number {
    const { clock } = this;
    return clock ? stamped(`CLOCK ${clock.name}`, () => clock.now(), readTime) : Date.now();
  }

  /** Writes down that an id of {@link newId} was in use. */
  noteTaken(): void {
    if (this.ids) this.logger.error(`ID_GENERATOR ${this.ids.name} made an id that is in use; nothing was stored.`);
  }
}

function stamped<T>(part: string, ask: () => unknown, read: (answer: unknown) => T): T {
  try {
    return askPart(part, ask, read);
  } catch {
    throw new NotStamped(part);
  }
}

function readId(id: unknown): string {
  if (typeof id === 'string' && isId(id)) return id;
  throw new Error('it made an id that R4 does not permit: 1 to 64 of A-Z a-z 0-9 - .');
}

function readTime(time: unknown): number {
  if (!Number.isInteger(time)) throw new Error('it told a time that is no whole number of milliseconds');
  const distance = Math.abs((time as number) - Date.now());
  if (distance <= farthest) return time as number;
  throw new Error(
    `it is ${Math.round(distance / 1000)} s away from the clock of the machine; ${farthest / 1000} s is the most`,
  );
}
