import { newRecord, recordOf } from '../../../audit/audit-record.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { RequestContext } from '../../../scope/request-context.js';
import type { AuditLog } from '../../storage/audit/audit-log.js';
import { type ImportProgress, keepImportStep } from '../../storage/jobs/import-progress.js';
import type { TakenJob } from '../../storage/jobs/job.js';
import type { SqlSession } from '../../storage/session/sql-session.js';
import { SourceFailed } from './fetch-source.js';
import { inGroups } from './import-groups.js';
import {
  type ImportCircumstances,
  type ImportedItem,
  type Importer,
  type ImportFailure,
  type ImportPosition,
  type ImportResult,
} from './importer.js';
import { itemsOf, type ItemLimits } from './source-items.js';
import type { ImportSource } from './read-import.js';
import { storeGroups } from './store-groups.js';
import { untilRead } from './until-read.js';

/** How far one source is. */
export interface SourceProgress {
  readonly created: number;
  readonly known: number;
  readonly failed: number;
  /** The last item that was dealt with. */
  readonly at?: ImportPosition;
  /** `failed`: it could not be read to its end, and nobody tries again. */
  readonly state: 'open' | 'whole' | 'failed';
  readonly fault?: string;
}

interface Checkpoint {
  /** Failures of all sources. */
  readonly failures: number;
  /** In the order of the sources, as far as they were begun. */
  readonly sources: readonly SourceProgress[];
  /** JSON that is kept for who has more than one list of sources. */
  readonly within?: object;
}

/** The services that an import needs. */
export interface ImportMeans {
  readonly importer: Importer;
  readonly progress: ImportProgress;
  readonly log: AuditLog;
}

export interface ImportWork {
  readonly job: TakenJob;
  readonly context: RequestContext;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
  readonly limits: ItemLimits;
}

/** Results of items, and the position in the source by then. */
interface Step {
  readonly next: SourceProgress;
  readonly failures: readonly ImportFailure[];
  readonly resources: number;
  readonly bytes: number;
}

/** Resources of one transaction. */
const groupSize = 500;

const begun: SourceProgress = { created: 0, known: 0, failed: 0, state: 'open' };

/**
 * Reads the sources of one import, one after the other, from where it was: each step is written down with what it stores (ADR 84). Call
 * `begin` first.
 */
export class ImportRun {
  private checkpoint: Checkpoint = { failures: 0, sources: [] };
  /** Is the checkpoint once its transaction was committed. */
  private step = this.checkpoint;

  constructor(
    private readonly means: ImportMeans,
    private readonly work: ImportWork,
  ) {}

  /** Reads how far it was; returns what was kept by {@link turn}. */
  async begin(): Promise<object | undefined> {
    const kept = await this.means.progress.checkpointOf(this.work.job);
    if (kept !== null) this.checkpoint = JSON.parse(kept) as Checkpoint;
    return this.checkpoint.within;
  }

  /** Result of each source. */
  async of(sources: readonly ImportSource[]): Promise<readonly SourceProgress[]> {
    for (const [index, source] of sources.entries()) {
      if (this.at(index).state === 'open') await this.take(source, index);
    }
    return this.checkpoint.sources;
  }

  /** Ends this list of sources: another one follows. `within` is kept, and `outcomes` are told beside the failures. */
  async turn(within: object, outcomes: readonly ImportFailure[] = []): Promise<void> {
    await this.means.progress.inTransaction((session) => this.write(session, { sources: [], within }, outcomes));
    this.checkpoint = this.step;
  }

  /** Number of OperationOutcomes: of what was not stored, and those that were told beside. */
  get failures(): number {
    return this.checkpoint.failures;
  }

  /** Results of the sources of this list, so far. */
  get sources(): readonly SourceProgress[] {
    return this.checkpoint.sources;
  }

  private at(index: number): SourceProgress {
    return this.checkpoint.sources[index] ?? begun;
  }

  /** Tries again what may succeed then, from where it stopped. */
  private async take(source: ImportSource, index: number): Promise<void> {
    try {
      await untilRead(() => this.readOn(source, index), this.work);
    } catch (error) {
      if (error instanceof SourceFailed) return this.end(source, index, error.message);
      throw error;
    }
    await this.end(source, index);
  }

  private async readOn(source: ImportSource, index: number): Promise<void> {
    const { context, signal, progress } = this.work;
    const { principal, rules, trail, caller } = context;
    const given: ImportCircumstances = {
      // The rights of the caller are decided anew for each transaction.
      context: async () => new RequestContext(await rules.consult(principal), rules, trail, caller),
      signal,
      keep: (session, items, result) => this.keep(session, index, this.stepOf(index, items, result)),
      kept: () => {
        this.checkpoint = this.step;
        progress(this.told(source));
      },
    };
    const read = itemsOf(source, { ...this.work, contents: this.means.progress.contents, from: this.at(index).at });
    const stored = storeGroups(this.means.importer, inGroups(read, groupSize), given);
    while (!(await stored.next()).done);
  }

  private stepOf(index: number, items: readonly ImportedItem[], result: ImportResult): Step {
    const { created, known, failed, at: before } = this.at(index);
    const { failures } = result;
    const at = items.at(-1)!.at!;
    return {
      next: {
        created: created + result.created,
        known: known + result.known,
        failed: failed + failures.length,
        at,
        state: 'open',
      },
      failures,
      resources: result.created + result.known,
      bytes: at.bytes - (before?.bytes ?? 0),
    };
  }

  private keep(session: SqlSession, index: number, { next, failures, resources, bytes }: Step): Promise<void> {
    const sources = [...this.sources.slice(0, index), next];
    return this.write(session, { ...this.checkpoint, sources }, failures, { resources, bytes });
  }

  private write(
    session: SqlSession,
    next: Omit<Checkpoint, 'failures'>,
    failures: readonly ImportFailure[],
    done = { resources: 0, bytes: 0 },
  ): Promise<void> {
    const { failures: firstFailure } = this.checkpoint;
    this.step = { ...next, failures: firstFailure + failures.length };
    return keepImportStep(session, this.work.job, {
      checkpoint: JSON.stringify(this.step),
      ...done,
      failures: failures.map(({ place, issues }) =>
        JSON.stringify(operationOutcome(issues.map((issue) => ({ ...issue, location: [place] })))),
      ),
      firstFailure,
    });
  }

  /** `fault`: why it was not read to its end, which is a failure too. */
  private async end(source: ImportSource, index: number, fault?: string): Promise<void> {
    const before = this.at(index);
    const failures = fault === undefined ? [] : [{ place: source.name, issues: [incomplete(source, before, fault)] }];
    const next: SourceProgress =
      fault === undefined ? { ...before, state: 'whole' } : { ...before, state: 'failed', fault };
    // Nobody is told of what is not recorded.
    await this.record(source, next);
    await this.means.progress.inTransaction((session) =>
      this.keep(session, index, { next, failures, resources: 0, bytes: 0 }),
    );
    this.checkpoint = this.step;
  }

  private async record({ name }: ImportSource, { created, known, failed, state }: SourceProgress): Promise<void> {
    const { context, job } = this.work;
    if (!context.trail) return;
    const counts = { created, known, failed };
    const details = [
      ['job', job.id],
      ['source', name],
      ['state', state],
      ...Object.entries(counts).map(([count, value]) => [count, String(value)] as const),
    ] as const;
    const event = recordOf(context.trail, newRecord({ outcome: state === 'whole' ? '0' : '4' }));
    await this.means.log.record({ ...event, object: { name: 'imported file', details } });
  }

  private told({ name }: ImportSource): string {
    const { sources, failures } = this.checkpoint;
    const sum = (of: (one: SourceProgress) => number): number => sources.reduce((all, one) => all + of(one), 0);
    const stored = sum(({ created, known }) => created + known);
    const bytes = sum(({ at }) => at?.bytes ?? 0);
    return `${stored} resources stored, ${failures} not (${(bytes / 1_000_000).toFixed(1)} MB, file ${sources.length}: ${name})`;
  }
}

/** https://hl7.org/fhir/R4/valueset-issue-type.html#issue-type-incomplete */
export const incomplete = ({ name }: ImportSource, { at }: SourceProgress, fault: string): Issue => ({
  code: 'incomplete',
  diagnostics: `${name} was not read to its end. ${fault} What stands ${at ? `after its line ${at.line}` : 'in it'} was not imported.`,
});
