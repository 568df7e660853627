import { Injectable } from '@nestjs/common';
import { CallerShares } from '../../../database/caller-shares.js';
import { findCitus } from '../../../database/distribution/read-distribution.js';
import { BinaryContents } from '../binary/binary-contents.js';
import { UploadGivenUp } from '../binary/upload-given-up.js';
import type { JobChunk, WrittenFile } from '../jobs/job-files.js';
import {
  addFile,
  dropFiles,
  filesOf,
  findFile,
  type JobFile,
  type JobPlan,
  nextChunk,
  planOf,
  setPlanned,
} from '../jobs/job-files.js';
import type { TakenJob } from '../jobs/job.js';
import { ResourceRepository } from '../resource.repository.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import type { AccessTo } from '../searching/search-groups.js';
import { SqlSession } from '../session/sql-session.js';
import {
  type Organized,
  organizeChunks,
  removeUnorganized,
  type Unplaced,
  unplacedVersions,
} from './organize-chunks.js';
import { keepLines, type KeptContent, type KeptLines, type KeptPart, offersLz4 } from './kept-lines.js';
import { chosenIds, type ChosenRows, planChunks } from './plan-chunks.js';
import { readStoredLines, type StoredLines, storedLines } from './stored-lines.js';
import { bodiesOf } from './wanted-versions.js';

/** A version of a chunk, as it is stored. */
export interface ExportedRow {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  readonly body: string;
  /** References of the patients in whose records it is. */
  readonly patients: readonly string[];
}

/** One moment of all rows, in which a job is planned. */
export interface Snapshot {
  /** All that was changed up to this instant is in it, even by transactions that had not ended then. */
  readonly instant: string;
  readonly resources: ResourceRepository;
  add(chosen: ChosenRows, accessTo: AccessTo): Promise<void>;
  idsOf(chosen: ChosenRows, accessTo: AccessTo): Promise<ReadonlySet<string>>;
  /** Turns what was added into blocks of patients; returns what is in none, and left out. */
  organize(organized: Organized): Promise<readonly Unplaced[]>;
}

/** The database that is to put lines together and to keep them. */
export interface Keeper extends Pick<KeptContent, 'hasLz4'> {
  /** A statement may be work of several nodes: one that reads and stores lines would be (docs/adr/0148). */
  readonly mayBeDistributed: boolean;
}

/** Milliseconds by which the clocks of servers on one database may differ. */
const clockTolerance = 5000;
/** Numbers of chunks that each list of rows has. */
const chunksOfList = 1_000_000;

/** Reads and stores the rows of a job that hands out many resources; by statements of the server itself, without a limit of time. */
@Injectable()
export class ExportRows {
  private readonly session: SqlSession;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    session: SqlSession,
    private readonly resources: ResourceRepository,
    private readonly definitions: SearchDefinitions,
    readonly contents: BinaryContents,
    private readonly shares: CallerShares,
  ) {
    this.session = session.unlimited;
  }

  /** Statements of requests so far: an export has none. */
  get asked(): number {
    return this.shares.asked;
  }

  async keeper(): Promise<Keeper> {
    const text = `SELECT (${findCitus}) AS "mayBeDistributed", ${offersLz4} AS "hasLz4"`;
    const [keeper] = await this.session.rows<Keeper & Record<string, unknown>>({ text, values: [] });
    return keeper!;
  }

  planOf(job: Pick<TakenJob, 'id'>): Promise<JobPlan> {
    return planOf(this.session, job);
  }

  /** Plans a job in one snapshot; `plan` returns remarks for its caller. A server that lost the job meanwhile has planned nothing. */
  async plan(job: TakenJob, plan: (snapshot: Snapshot) => Promise<string>): Promise<void> {
    this.definitions.requireSearchable();
    const { id, fence } = job;
    const planned = await this.session.snapshot(async (tx) => {
      const [{ instant } = { instant: '' }] = await tx.rows<{ instant: string }>(snapshotTime);
      let first = 0;
      const add = async (chosen: ChosenRows, accessTo: AccessTo): Promise<void> => {
        await tx.count(planChunks(chosen, { job: id, plan: fence, first }, accessTo));
        first += chunksOfList;
      };
      const idsOf = async (chosen: ChosenRows, accessTo: AccessTo): Promise<ReadonlySet<string>> =>
        new Set((await tx.rows<{ id: string }>(chosenIds(chosen, accessTo))).map(({ id: one }) => one));
      const organize = async (organized: Organized): Promise<readonly Unplaced[]> => {
        const place = { job: id, plan: fence, first };
        await tx.count(organizeChunks(place, organized));
        const unplaced = await tx.rows<Unplaced & Record<string, unknown>>(unplacedVersions(place));
        await tx.count(removeUnorganized(place));
        return unplaced;
      };
      const remarks = await plan({ instant, resources: this.resources.on(tx), add, idsOf, organize });
      return { planned: instant, remarks };
    });
    await setPlanned(this.session, job, planned);
  }

  /** The first chunk after another one. `isBare`: without its versions where {@link linesOf} can read it. */
  nextChunk(job: TakenJob, after: number, isBare = false): Promise<JobChunk | undefined> {
    return nextChunk(this.session, job, { after, isBare });
  }

  /** The versions of a chunk of one type in their order, as they are stored; one that was erased meanwhile is missing. */
  async linesOf(job: TakenJob, chunk: JobChunk): Promise<StoredLines> {
    return readStoredLines((await this.session.copied(storedLines(job, chunk)))!);
  }

  /** Keeps the versions of a chunk of one type as a part of a content that was begun here. Throws {@link UploadGivenUp}. */
  async keepLines(job: TakenJob, chunk: JobChunk, part: KeptPart): Promise<KeptLines> {
    const kept = await keepLines(this.session, job, chunk, part);
    if (kept.isGivenUp) throw new UploadGivenUp();
    return kept;
  }

  /** The versions of a chunk in their order; one that was erased meanwhile is missing. */
  async read(chunk: JobChunk): Promise<readonly ExportedRow[]> {
    const { types, ids, versions } = chunk;
    if (!types) return this.readType(chunk);
    const read = new Map<string, ExportedRow>();
    for (const type of new Set(types)) {
      const places = types.flatMap((one, place) => (one === type ? place : []));
      const ofType = {
        type,
        ids: places.map((place) => ids[place]!),
        versions: places.map((place) => versions[place]!),
      };
      for (const row of await this.readType(ofType)) read.set(`${type}/${row.id}`, row);
    }
    return types.flatMap((type, place) => read.get(`${type}/${ids[place]!}`) ?? []);
  }

  private readType({ type, ids, versions }: Pick<JobChunk, 'type' | 'ids' | 'versions'>) {
    return this.session.rows<ExportedRow & Record<string, unknown>>({
      text:
        `SELECT $3::text AS type, id, version AS "versionId", body, patients FROM ` +
        `(${bodiesOf('unnest($1::text[], $2::integer[]) WITH ORDINALITY AS wanted (id, version, place)', type)} ORDER BY wanted.place) AS found`,
      values: [ids, versions, type],
    });
  }

  addFile(job: TakenJob, file: WrittenFile): Promise<void> {
    return addFile(this.session, job, file);
  }

  dropFiles(job: TakenJob): Promise<void> {
    return dropFiles(this.session, job);
  }

  filesOf(job: Pick<TakenJob, 'id'>): Promise<readonly JobFile[]> {
    return filesOf(this.session, job);
  }

  findFile(asked: {
    readonly job: string;
    readonly file: number;
    readonly caller: string;
  }): Promise<JobFile | undefined> {
    return findFile(this.session, asked);
  }
}

/** Versions get their time before they are committed, by the clock of their server. */
const snapshotTime = {
  text: `
    SELECT to_char((least(now(), min(xact_start)) - interval '${clockTolerance} milliseconds') AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS instant
    FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()`,
  values: [],
};
