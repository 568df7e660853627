import type { Principal } from '../../auth/principal.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { Records } from './records.js';
import type { RequestContext } from '../../scope/request-context.js';

/** Claims of a token, or claims that are added to them. */
export type Claims = Readonly<Record<string, unknown>>;

/** A search that is about to run, or the condition of a write. */
export interface BeforeSearch {
  /** Type whose resources are looked for; searches of several types ask for each. */
  readonly type: string;
  readonly context: RequestContext;
}

/** A resource that the caller is about to be shown, alone or inside of another; as stored, and frozen. */
export interface AfterRead {
  readonly type: string;
  /** Absent in some resources that others hold. */
  readonly id?: string;
  readonly resource: JsonObject;
  readonly principal: Principal;
}

/** Content that is about to be stored: valid, as sent, before the server sets `meta`. A copy. */
export interface BeforeWrite {
  readonly interaction: 'create' | 'update' | 'patch';
  readonly type: string;
  readonly resource: JsonObject;
  readonly context: RequestContext;
}

/** A version that is stored in a transaction which is not committed yet. The contents are frozen. */
export interface AfterWrite {
  readonly interaction: 'create' | 'update' | 'patch' | 'delete';
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  /** Content of the version before; undefined where nothing was stored, or it was deleted. */
  readonly before?: JsonObject;
  /** Content as stored, `meta` included; undefined for a deletion. */
  readonly after?: JsonObject;
  readonly context: RequestContext;
  /** Reads and writes more in the same transaction, with the rights of the caller; of no use after the call. */
  readonly records: Records;
}

/** A version that was committed. It is delivered at least once, in the order of the versions of a resource. */
export interface AfterCommit {
  /** Stays equal over all deliveries of the event, so that a receiver can tell what it has processed. */
  readonly eventId: string;
  /** 1 at the first delivery. */
  readonly attempt: number;
  readonly interaction: AfterWrite['interaction'];
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  /** When the version was stored, as `meta.lastUpdated` has it. */
  readonly lastUpdated: string;
  /** Content of the version; undefined for a deletion. */
  readonly resource?: JsonObject;
}

/** Call of an operation that the caller may make. */
export interface OnOperation {
  /** Name without `$`. */
  readonly code: string;
  readonly type?: string;
  readonly id?: string;
  readonly context: RequestContext;
}

/**
 * Code of an extension that runs at points of the server; hand the class to `FhirModule.forFeature({ hooks: [...] })`.
 * A hook narrows, refuses or adds, and widens nothing: what it may return at each point is of that kind. A FhirError that
 * it throws is the answer; any other failure, a call that takes too long and a result of no use are 500 (ADR 62).
 */
export interface Hook {
  /** Such as `needs-family`: a-z, 0-9 and "-". With the name of the feature before it, `@acme/cardio/needs-family`, it is unique. */
  readonly name: string;
  /** Resource types it applies to; all when absent. */
  readonly types?: readonly string[];
  /**
   * Names of hooks that it runs before: `@acme/cardio/needs-family`, `@acme/cardio` for all of a feature, `needs-family`
   * for one of its own feature. What is not installed counts for nothing.
   */
  readonly before?: readonly string[];
  /** Names of hooks that it runs after, as in {@link before}. */
  readonly after?: readonly string[];
  /** Why `event.records.asSystem` may act as the server itself; absent: it may not. `lanyard extensions` lists it. */
  readonly system?: string;
  /** Milliseconds that one call may take; 5000 unless said, 30000 at most. */
  readonly timeout?: number;

  /** Adds claims about the caller from elsewhere, for policies; runs once for each verified token while that is cached. */
  authenticate?(principal: Principal): Claims | undefined | Promise<Claims | undefined>;

  /** Returns one more criterion, such as `Encounter?status=finished`, that matches of the search have to meet. */
  beforeSearch?(event: BeforeSearch): string | undefined | Promise<string | undefined>;

  /** Returns paths of elements, such as `Patient.telecom`, that are taken out of this resource. Synchronous: it runs for each version of a page. */
  afterRead?(event: AfterRead): readonly string[] | undefined;

  /** Returns changed content, which has to be valid R4 as well. */
  beforeWrite?(event: BeforeWrite): JsonObject | undefined | Promise<JsonObject | undefined>;

  /** Runs in the transaction of the write, once for each version; what it throws rolls all of it back. */
  afterWrite?(event: AfterWrite): void | Promise<void>;

  /** Runs when the write is committed, on any server; it is tried again until it succeeds. */
  afterCommit?(event: AfterCommit): void | Promise<void>;

  /** Runs around an operation; returns the very answer of `next`, which is frozen. What it throws is the answer instead. */
  onOperation?(event: OnOperation, next: () => Promise<object>): Promise<object>;

  /** Returns what is added to the CapabilityStatement. */
  onCapability?(): JsonObject;
}

/** Points that a hook can hook, in the order in which a request meets them. */
export const hookPoints = [
  'authenticate',
  'onOperation',
  'beforeSearch',
  'afterRead',
  'beforeWrite',
  'afterWrite',
  'afterCommit',
  'onCapability',
] as const satisfies readonly (keyof Hook)[];

export type HookPoint = (typeof hookPoints)[number];
