import { newRecord, recordOf } from '../../../audit/audit-record.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import type { AuditLog } from '../../storage/audit/audit-log.js';
import type { ExportedRow, ExportRows } from '../../storage/exporting/export-rows.js';
import type { StoredLines } from '../../storage/exporting/stored-lines.js';
import type { JobChunk, WrittenFile } from '../../storage/jobs/job-files.js';
import type { StorageUsage } from '../../storage/limits/storage-usage.js';
import { blockLines, type PlacedRow } from './block-lines.js';
import { type LineForm, linesOf } from './export-lines.js';
import {
  accessAgain,
  followingChunk,
  isAsStored,
  note,
  notePatients,
  type Progress,
  type Writing,
} from './file-progress.js';
import { type FileContent, keepFile } from './kept-file.js';
import { Pace } from './pace.js';

interface ReadRows {
  readonly chunk: JobChunk;
  readonly rows: readonly ExportedRow[];
}

interface ReadLines {
  readonly chunk: JobChunk;
  readonly rows: StoredLines;
}

type AccessTo = LineForm['accessTo'];

/** Patients that one AuditEvent names. */
const patientsOfEvent = 2000;
/** Bytes of two chunks, of which one is read while the other is written. */
const mostAhead = 16 * 1024 ** 2;
/**
 * Writes the files of one export, one after the other; each is stored whole, with its AuditEvents, or not at all. While one is added to the job, which waits for the
 * disk, the next one is written.
 */
export class ExportWriter {
  /** The file before; fails if it was not added. */
  private adding: Promise<void> = Promise.resolve();
  /** The last chunk of the file before. */
  private last = -1;
  readonly pace: Pace;

  constructor(
    readonly rows: ExportRows,
    private readonly log: AuditLog,
    private readonly limits: Pick<StorageUsage, 'roomForExport' | 'limitsExports'>,
    readonly writing: Writing,
  ) {
    this.pace = new Pace(rows);
  }

  /** Writes the first file of what is left; false if nothing is. */
  async next(): Promise<boolean> {
    const { job } = this.writing;
    const first = await this.rows.nextChunk(job, this.last, isAsStored(this.writing));
    if (!first) return false;
    const { kind, type, fingerprint } = first;
    const begin = () => ({ kind, type, fingerprint, ...nothing(), size: 0 });
    const kept = begin();
    const content = await keepFile(this, first, kept);
    if (content) await this.addLater({ ...kept, ...content }, kept.patients);
    else await this.sendAll(first, begin());
    return true;
  }

  /** Resolves once all files are added. */
  ended(): Promise<void> {
    return this.adding;
  }

  /** Takes room for the bytes of a file, of which those before are a part. */
  async roomForFile(): Promise<(bytes: number) => void> {
    if (this.limits.limitsExports) await this.adding;
    return this.limits.roomForExport();
  }

  /** By way of the server. */
  private async sendAll(first: JobChunk, written: Progress & Omit<WrittenFile, 'contentId'>): Promise<void> {
    const content: FileContent = await this.rows.contents.keep(this.withinLimit(this.bytesOf(first, written)));
    await this.addLater({ ...written, ...content }, written.patients);
  }

  private async *withinLimit(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const take = await this.roomForFile();
    for await (const chunk of chunks) {
      take(chunk.length);
      yield chunk;
    }
  }

  /** OperationOutcomes of what was ignored. */
  async tell(issues: readonly Issue[]): Promise<void> {
    const lines = issues.map((issue) => `${JSON.stringify(operationOutcome([issue]))}\n`).join('');
    const content = await this.rows.contents.keep(oneBuffer(lines));
    const file = { kind: 'error', type: 'OperationOutcome', fingerprint: '', chunks: [], bytes: 0 } as const;
    await this.add({ ...file, ...content, resources: issues.length }, new Set());
  }

  /** Resolves once the file before is added. */
  private async addLater(file: WrittenFile, patients: ReadonlySet<string>): Promise<void> {
    const before = this.adding;
    this.last = file.chunks.at(-1) ?? this.last;
    this.adding = this.add(file, patients, before);
    this.adding.catch(() => undefined);
    await before;
  }

  private async add(
    file: WrittenFile,
    patients: ReadonlySet<string>,
    before: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    try {
      await before;
      // Nobody is given what is not recorded.
      if (file.kind !== 'error') await this.record(file, [...patients]);
      await this.rows.addFile(this.writing.job, file);
    } catch (error) {
      await this.rows.contents.discard(file);
      throw error;
    }
  }

  /** The lines of chunks of one type and one access. */
  private async *bytesOf(first: JobChunk, written: Progress): AsyncGenerator<Buffer> {
    for await (const { chunk, rows } of this.chunksFrom(first, written)) {
      const accessTo = await accessAgain(this.writing, chunk);
      if (!('lines' in rows)) yield* this.formed({ chunk, rows }, accessTo, written);
      else {
        const { lines: bytes } = rows;
        // Masks of policies may have come since it was read.
        const isSame = isAsStored(this.writing) && isLineEach(bytes, rows.resources);
        if (isSame) yield* this.asStored(bytes, { chunk, rows }, written);
        else yield* this.formed(await this.whole(chunk), accessTo, written);
      }
    }
  }

  private *asStored(bytes: Buffer, { chunk, rows }: ReadLines, written: Progress): Generator<Buffer> {
    this.writing.signal.throwIfAborted();
    const { resources, patients } = rows;
    if (bytes.length > 0) yield bytes;
    notePatients(patients, written);
    note(this.writing, chunk, resources, written);
  }

  private async *formed({ chunk, rows }: ReadRows, accessTo: AccessTo, written: Progress): AsyncGenerator<Buffer> {
    const form = { accessTo, elements: this.writing.elements, contents: this.rows.contents };
    for await (const lines of this.linesOf({ chunk, rows }, form, written)) {
      this.writing.signal.throwIfAborted();
      yield lines;
    }
    for (const { patients } of rows) for (const patient of patients) written.patients.add(patient);
    note(this.writing, chunk, rows.length, written);
  }

  /** The chunk with its versions, and these. */
  private async whole({ chunk: number }: JobChunk): Promise<ReadRows> {
    const chunk = (await this.rows.nextChunk(this.writing.job, number - 1))!;
    return { chunk, rows: await this.rows.read(chunk) };
  }

  private linesOf({ chunk, rows }: ReadRows, form: LineForm, written: Progress) {
    if (!chunk.patients) return linesOf(chunk, rows, form);
    const begin = (patient: string): void => {
      written.block = patient;
      written.headers++;
    };
    return blockLines(placedIn(chunk, rows), form, { after: written.block, begin });
  }

  /** Chunks until the file is large enough, of which the next one is read while one is written. */
  private async *chunksFrom(first: JobChunk, written: Progress): AsyncGenerator<ReadRows | ReadLines> {
    let chunk: JobChunk | undefined = first;
    let reading: ReturnType<ExportWriter['read']> | undefined;
    while (chunk) {
      const rows = await (reading ?? this.read(chunk));
      written.bytes += chunk.bytes;
      const next = await followingChunk(this.rows, this.writing, chunk, written);
      // Large resources are read one chunk at a time.
      reading = next && chunk.bytes + next.bytes < mostAhead ? this.read(next) : undefined;
      reading?.catch(() => undefined);
      yield { chunk, rows } as ReadRows | ReadLines;
      chunk = next;
    }
  }

  private read(chunk: JobChunk): Promise<readonly ExportedRow[] | StoredLines> {
    const { kind, type, ids, versions } = chunk;
    if (kind !== 'deleted')
      return ids.length === 0 ? this.rows.linesOf(this.writing.job, chunk) : this.rows.read(chunk);
    return Promise.resolve(ids.map((id, i) => ({ type, id, versionId: versions[i]!, body: '', patients: [] })));
  }

  /** One AuditEvent of each file, or some where it is of many patients. */
  private async record({ kind, type, resources }: WrittenFile, patients: readonly string[]): Promise<void> {
    const { context, job } = this.writing;
    const { trail } = context;
    if (!trail) return;
    const details = [
      ['job', job.id],
      ['files', kind],
      ['type', type],
      ['resources', String(resources)],
    ] as const;
    const ids = patients.map((reference) => reference.slice('Patient/'.length));
    for (let start = 0; start === 0 || start < ids.length; start += patientsOfEvent) {
      const event = recordOf(trail, newRecord({ outcome: '0' }));
      const concerned = ids.slice(start, start + patientsOfEvent);
      await this.log.record({ ...event, patients: concerned, object: { name: 'exported file', details } });
    }
  }
}

/** A file of which nothing is written. */
const nothing = (): Progress => ({
  chunks: [],
  patients: new Set(),
  bytes: 0,
  resources: 0,
  headers: 0,
  block: undefined,
  continues: false,
});

/** Rows with the patients in whose blocks they are; a version that was erased meanwhile is missing. */
function placedIn({ types, ids, patients }: JobChunk, rows: readonly ExportedRow[]): readonly PlacedRow[] {
  const placed: PlacedRow[] = [];
  let next = 0;
  for (const [place, id] of ids.entries()) {
    const row = rows[next];
    if (!row || row.id !== id || row.type !== types![place]) continue;
    placed.push({ row, patient: patients![place]! });
    next++;
  }
  return placed;
}

/** Stored text has no line breaks, unless an earlier release stored it. */
function isLineEach(lines: Buffer, resources: number): boolean {
  let breaks = 0;
  for (let at = lines.indexOf(0x0a); at !== -1; at = lines.indexOf(0x0a, at + 1)) breaks++;
  return breaks === resources && !lines.includes(0x0d);
}

async function* oneBuffer(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
