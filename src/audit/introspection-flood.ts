import type { AuditedCaller, AuditRecord } from './audit-record.js';
import { RefusalFlood } from './refusal-flood.js';

/** Tokens by client that are remembered for a minute; those beyond are treated as if they had been asked about before. */
const mostKnown = 10_000;

/** Introspections of one caller and network that are only counted. */
export type CountedIntrospections = Pick<AuditRecord, 'caller' | 'address' | 'count'>;

/**
 * Tells introspections that are written down one by one from those that are counted: the first in a minute that tells a client
 * of an active token always is; of repeats and of what tells nothing, the first ones are. Bounded whatever comes.
 */
export class IntrospectionFlood {
  private readonly known = new Set<string>();
  private readonly others = new RefusalFlood();

  /** True if this one gets a record of its own; otherwise it is counted. */
  admits(record: AuditRecord): boolean {
    return this.isFirst(record) || this.others.admits(nameOf(record.caller), record.address ?? '');
  }

  /** The record could not be written: the next one about the token is a first one again. */
  forget(record: AuditRecord): void {
    const key = keyOf(record);
    if (key !== undefined) this.known.delete(key);
  }

  /** Ends the minute: what was only counted in it. */
  take(): readonly CountedIntrospections[] {
    this.known.clear();
    return this.others.take().map(({ reason, network, count }) => {
      const caller = JSON.parse(reason) as AuditedCaller | null;
      return { address: network, ...(caller && { caller }), count };
    });
  }

  private isFirst(record: AuditRecord): boolean {
    const key = keyOf(record);
    if (key === undefined || this.known.has(key) || this.known.size >= mostKnown) return false;
    this.known.add(key);
    return true;
  }
}

/** Key of the caller and the active token; undefined where no active token with an id was told. */
function keyOf({ caller, object }: AuditRecord): string | undefined {
  const { active, jti } = Object.fromEntries(object?.details ?? []);
  return active === 'true' && jti !== undefined ? JSON.stringify([nameOf(caller), jti]) : undefined;
}

/** Identity of a caller, whatever the token. */
function nameOf(caller: AuditedCaller | undefined): string {
  if (!caller) return 'null';
  const { tokenId: _tokenId, ...rest } = caller;
  return JSON.stringify(rest);
}
