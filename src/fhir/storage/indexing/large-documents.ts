import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { Tinypool } from 'tinypool';
import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import type { Json, JsonObject } from '../../../r4/json/json.js';
import { isTurnShared, OwnersInTurn, Rests, turnOwner } from '../../../r4/json/turn-shares.js';
import { Turns } from '../../../r4/json/turns.js';

/** Input of a worker thread: text in, text or bytes or a short list out, because trees are slow to hand over. */
export interface DocumentTask {
  /** The worker empties it after parsing, so that the text does not stay in memory beside its tree. */
  text: string;
}

/** A task with the name of its work. */
export interface NamedTask {
  readonly work: string;
  readonly task: DocumentTask;
}

/** Result of a worker thread: errors lose their class on the way. */
export type Outcome =
  { readonly result: unknown } | { readonly refused: { readonly status: number; readonly issues: readonly Issue[] } };

/** A refusal as the worker thread made it. */
class RefusedDocument extends FhirError {
  constructor(
    readonly status: number,
    issues: readonly Issue[],
  ) {
    super(...issues);
  }
}

/** 413: the document takes more memory or time than one may. */
export class TooCostlyDocument extends FhirError {
  readonly status = 413;
  constructor(reason: string) {
    super({
      code: 'too-costly',
      diagnostics: `The document is too large for this server to check: ${reason}. Send it in smaller parts.`,
    });
  }
}

/** Milliseconds that one document may take. */
const longestWork = 60_000;
/** Milliseconds that documents of a tenant rest at most, while others ask. */
const longestRest = 1_000;
const heapLimit = (): number => getHeapStatistics().heap_size_limit;

/**
 * Work on documents that would keep the event loop for long: it is done in worker threads, one document at a time in each
 * (ADR 45). Threads come when they are needed, and go again. While others ask, those of a tenant are worked on one at a time, and rest
 * in between (docs/adr/0160).
 */
export class LargeDocuments {
  private pool: Tinypool | undefined;
  private readonly most = Math.max(1, Math.min(2, availableParallelism() - 1));
  private servers = 0;
  private running = 0;
  readonly #turns = new Turns();
  private readonly waiting = new OwnersInTurn<() => void>();
  private readonly rests = new Rests(longestRest, () => this.goOn());
  /** Documents that are worked on, by owner. */
  private readonly runningOf = new Map<number, number>();

  /** `program`: a module whose `perform` takes a {@link NamedTask}; its default export does, for the pool. */
  constructor(private readonly program: URL) {}

  /** For one more server; with the last one that closes the threads end. */
  shared(): this {
    this.servers++;
    return this;
  }

  /** Called by Nest for each server. */
  async onModuleDestroy(): Promise<void> {
    if (--this.servers > 0) return;
    const { pool } = this;
    // A server that opens later has threads of its own.
    this.pool = undefined;
    await pool?.destroy();
  }

  /** Throws what the work throws, and {@link TooCostlyDocument}. */
  async run(work: string, task: DocumentTask): Promise<unknown> {
    const owner = turnOwner();
    if (this.mayRun(owner)) this.begin(owner);
    else await new Promise<void>((resolve) => this.waiting.add(owner, resolve));
    let began = performance.now();
    try {
      // The text is copied for the thread in one go.
      await this.#turns.next();
      began = performance.now();
      const outcome = await this.outcome({ work, task });
      if ('refused' in outcome) throw new RefusedDocument(outcome.refused.status, outcome.refused.issues);
      return outcome.result;
    } finally {
      this.end(owner, performance.now() - began);
    }
  }

  private mayRun(owner: number): boolean {
    const most = isTurnShared(owner) ? 1 : this.most;
    return this.running < this.most && (this.runningOf.get(owner) ?? 0) < most && !this.rests.has(owner);
  }

  private begin(owner: number): void {
    this.running++;
    this.runningOf.set(owner, (this.runningOf.get(owner) ?? 0) + 1);
  }

  private end(owner: number, worked: number): void {
    this.running--;
    const left = this.runningOf.get(owner)! - 1;
    if (left > 0) this.runningOf.set(owner, left);
    else this.runningOf.delete(owner);
    this.rests.begin(owner, worked);
    this.goOn();
  }

  private goOn(): void {
    const next = this.waiting.take((owner) => this.mayRun(owner));
    if (!next) return;
    this.begin(next.owner);
    next.one();
    this.goOn();
  }

  private async outcome(named: NamedTask): Promise<Outcome> {
    // Tests run the source, which a thread cannot load.
    if (this.program.pathname.endsWith('.ts')) {
      const { perform } = (await import(this.program.href)) as { perform: (task: NamedTask) => Outcome };
      return perform(named);
    }
    this.pool ??= this.threads();
    try {
      return (await this.pool.run(named, { signal: AbortSignal.timeout(longestWork) })) as Outcome;
    } catch (error) {
      const { code, name } = error as { code?: string; name?: string };
      if (code === 'ERR_WORKER_OUT_OF_MEMORY') throw new TooCostlyDocument('it takes too much memory');
      if (name === 'AbortError') throw new TooCostlyDocument(`it takes more than ${longestWork / 1000} s`);
      throw error;
    }
  }

  private threads(): Tinypool {
    return new Tinypool({
      filename: fileURLToPath(this.program),
      minThreads: 0,
      maxThreads: this.most,
      idleTimeout: 30_000,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(96, Math.floor(heapLimit() / 4 / 1024 ** 2)),
        // V8 copies objects that live as long as a document once within it, and sets aside three times as much as they take.
        maxYoungGenerationSizeMb: 12,
      },
    });
  }
}

const mostValues = 4000;
const mostCharacters = 131_072;

/** True if work on the document would take a noticeable part of a turn. */
export function isLarge(document: Json): boolean {
  return weighs(document, { values: mostValues, characters: mostCharacters });
}

/** True as soon as nothing is left. */
function weighs(value: Json | undefined, left: { values: number; characters: number }): boolean {
  if (--left.values < 0) return true;
  if (typeof value === 'string') return (left.characters -= value.length) < 0;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some((item) => weighs(item, left));
  return Object.values(value as JsonObject).some((item) => weighs(item, left));
}
