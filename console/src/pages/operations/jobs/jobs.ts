import type { MessageKey } from '../../../messages/messages.js';

/** Work that goes on after its request was answered, as `/admin/jobs` lists it. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly operation: string | null;
  readonly requester: string | null;
  readonly state: 'waiting' | 'running' | 'done';
  /** Status of its answer; null while it goes on. */
  readonly status: number | null;
  /** How far it is, in words of the server. */
  readonly progress: string | null;
  /** Jobs that a free server takes before it; null unless it waits for one. */
  readonly before?: number | null;
  /** Seconds until it is tried again; null unless it is put off. */
  readonly retryIn?: number | null;
  readonly created: string;
  readonly resources: number;
  readonly bytes: number;
  readonly totalResources: number | null;
}

/** Stored resources are indexed anew. */
export interface IndexJob {
  readonly id: number;
  readonly kind: string;
  readonly types: readonly string[];
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly percent: number;
  readonly reason: string | null;
  readonly created: string;
}

export interface JobList {
  readonly jobs: readonly Job[];
  readonly indexing: readonly IndexJob[];
}

/** Whole percent; undefined where it cannot be known. */
export function percentOf({ state, resources, totalResources }: Job): number | undefined {
  if (state !== 'running' || totalResources === null || totalResources === 0) return undefined;
  return Math.min(99, Math.floor((resources / totalResources) * 100));
}

export const isOver = ({ state }: Pick<Job, 'state'>): boolean => state === 'done';

export const hasFailed = ({ status }: Pick<Job, 'status'>): boolean => status !== null && status >= 400;

const kinds: Readonly<Record<string, MessageKey>> = {
  parameters: 'jobs.kind.parameters',
  reindex: 'jobs.kind.reindex',
  verify: 'jobs.kind.verify',
  form: 'jobs.kind.form',
};

/** Purpose of an index job; undefined for a kind that this console does not know. */
export const kindKey = (kind: string): MessageKey | undefined => (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined);
