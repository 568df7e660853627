import type { Written } from '../writing/change.js';

/** A committed version that a listener is told of. */
export interface OutboxEvent {
  readonly listener: string;
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  readonly interaction: 'create' | 'update' | 'patch' | 'delete';
  /** `meta.lastUpdated` of the version, UTC with milliseconds. */
  readonly lastUpdated: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** An event with its state, as operators see it. */
export interface OutboxEntry extends OutboxEvent {
  /** Instant of the next attempt; of a dead letter, that of the last. */
  readonly due: string;
  readonly isDead: boolean;
  readonly error?: string;
}

/** A version that a transaction has stored. */
export type StoredEvent = Omit<OutboxEvent, 'listener' | 'attempt'>;

const methods = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** Events of what was written; what changed nothing is none. */
export const storedEvents = (written: readonly Written[]): readonly StoredEvent[] =>
  written
    .filter(({ unchanged }) => !unchanged)
    .map(({ type, id, versionId, lastUpdated, method }) => {
      return { type, id, versionId, lastUpdated, interaction: methods[method] };
    });
