import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { everyHour, type Recurring } from '../../../database/every-hour.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { AccessRules } from '../../../scope/access-rules.js';
import {
  type CallerShape,
  callerShapeOf,
  type DecidedRequest,
  isTriable,
  type RequestShape,
  requestShapeOf,
} from '../../../scope/trials/access-shape.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';

/** Milliseconds between two writes. */
const pace = 5_000;
/** Shapes that wait for the next write; others are not counted until then. */
const mostWaiting = 2_000;
/** Characters of one shape: a token with more scopes than that is not kept. */
const longest = 16_000;
/** Shapes that a server writes between two looks at what is beyond the limit: that look reads all of them. */
export const writtenBetweenLooks = 1_000;
/** Seconds: a write that hangs must not keep the next ones. */
const patience = 5;

/** One shape of requests, as it is stored. */
export interface SeenShape {
  readonly caller: CallerShape;
  readonly request: RequestShape;
  /** Requests. */
  readonly seen: number;
  /** Instant, UTC. */
  readonly lastSeen: string;
}

/** Requests of one caller that wait to be written, by their line. */
type Counted = Map<string, number>;

/**
 * The distinct shapes of requests that were decided lately, for trials of policies (ADR 101): counted in memory, and written every few
 * seconds, so that no request waits for it. Shapes that nobody shows for a time are removed (setting ACCESS_SHAPES_DAYS).
 */
@Injectable()
export class AccessShapes implements OnModuleInit, OnModuleDestroy {
  /** Shapes of a tenant. */
  readonly most: number = 10_000;
  private readonly logger = new Logger(AccessShapes.name);
  private readonly callers = new WeakMap<Principal, string>();
  private waiting = new Map<string, Counted>();
  private waitingShapes = 0;
  private writtenShapes = 0;
  private readonly writes: SqlSession;
  private timer: NodeJS.Timeout | undefined;
  private cleaning: Recurring | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    session: SqlSession,
    private readonly rules: AccessRules,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {
    this.writes = session.within(patience);
  }

  onModuleInit(): void {
    this.cleaning = everyHour(() => this.clean());
    if (this.days === 0) return;
    this.rules.setWitness((decided) => this.note(decided));
    this.timer = setInterval(() => void this.write(), pace).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.cleaning?.stop();
    await this.write();
  }

  private get days(): number {
    return this.options.accessShapesDays ?? 0;
  }

  /** The newest first. */
  async list(): Promise<readonly SeenShape[]> {
    await this.write();
    const rows = await this.writes.rows<Record<'caller' | 'request' | 'seen' | 'lastSeen', string>>({
      text:
        `SELECT caller, request, seen::text, to_char(last_seen AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "lastSeen" ` +
        `FROM access_shape WHERE tenant = ${tenant} AND last_seen >= now() - make_interval(days => $1::integer) ` +
        `ORDER BY last_seen DESC, key LIMIT $2::integer`,
      values: [this.days, this.most],
    });
    return rows.map(({ caller, request, seen, lastSeen }) => ({
      caller: JSON.parse(caller) as CallerShape,
      request: JSON.parse(request) as RequestShape,
      seen: Number(seen),
      lastSeen,
    }));
  }

  /** Counts one decided request. */
  private note(decided: DecidedRequest): void {
    const { principal, request } = decided;
    if (!principal || !isTriable(decided)) return;
    const caller = this.callerOf(principal);
    const line = lineOf(request.interaction as Interaction);
    if (caller.length + line.length > longest) return;
    let counted = this.waiting.get(caller);
    const seen = counted?.get(line);
    if (seen === undefined && this.waitingShapes++ >= mostWaiting) return;
    if (!counted) this.waiting.set(caller, (counted = new Map()));
    counted.set(line, (seen ?? 0) + 1);
  }

  /** All requests with one token have one principal. */
  private callerOf(principal: Principal): string {
    let text = this.callers.get(principal);
    if (text === undefined) this.callers.set(principal, (text = JSON.stringify(callerShapeOf(principal))));
    return text;
  }

  /** Never rejects: what could not be written is not counted. */
  private write(): Promise<void> {
    const { waiting } = this;
    this.waiting = new Map();
    this.waitingShapes = 0;
    this.writing = this.writing.then(() => this.store(waiting));
    return this.writing;
  }

  private async store(waiting: ReadonlyMap<string, Counted>): Promise<void> {
    if (waiting.size === 0) return;
    const rows = [...waiting].flatMap(([caller, counted]) =>
      [...counted].map(([request, seen]) => ({ key: hashOf(`${caller} ${request}`), caller, request, seen })),
    );
    try {
      await this.writes.count({
        text: upsert,
        values: [
          rows.map(({ key }) => key),
          rows.map(({ caller }) => caller),
          rows.map(({ request }) => request),
          rows.map(({ seen }) => seen),
        ],
      });
      this.writtenShapes += rows.length;
      if (this.writtenShapes >= writtenBetweenLooks) await this.clean();
    } catch (error) {
      this.logger.warn(`Shapes of access were not stored: ${(error as Error).message}`);
    }
  }

  /** Removes what is too old, and the oldest beyond the limit. */
  private async clean(): Promise<void> {
    this.writtenShapes = 0;
    await this.writes.count({ text: removeOld, values: [this.days, this.most] });
  }
}

/** Lines of interactions that name no types in their query: as many as there are types, verbs and operations. */
const lines = new Map<string, string>();
const mostLines = 5_000;
/** Characters of names: an address may name an operation of any length that nobody has. */
const longestNames = 100;

/** The shape as text. Most requests have one of few. */
function lineOf(interaction: Interaction): string {
  const { kind, type, id, member, operation, condition, query } = interaction;
  if (query.has('_type')) return JSON.stringify(requestShapeOf(interaction));
  const key = `${kind} ${type} ${member} ${operation} ${id === undefined} ${condition === undefined}`;
  let line = lines.get(key);
  if (line === undefined) {
    line = JSON.stringify(requestShapeOf(interaction));
    if (lines.size < mostLines && key.length <= longestNames) lines.set(key, line);
  }
  return line;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

// In the order of their keys, so that two servers do not wait for each other.
const upsert =
  'INSERT INTO access_shape (tenant, key, caller, request, seen, last_seen) ' +
  `SELECT ${tenant}, key, caller, request, seen, now() ` +
  'FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS shape (key, caller, request, seen) ORDER BY key ' +
  'ON CONFLICT (tenant, key) DO UPDATE SET seen = access_shape.seen + excluded.seen, last_seen = excluded.last_seen';

const removeOld =
  `DELETE FROM access_shape WHERE tenant = ${tenant} AND (last_seen < now() - make_interval(days => $1::integer) ` +
  `OR key IN (SELECT key FROM access_shape WHERE tenant = ${tenant} ORDER BY last_seen DESC, key OFFSET $2::integer))`;
