import { setTimeout as sleep } from 'node:timers/promises';
import { TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { Subset } from '../../../r4/model/subset.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { ExportRows } from '../../storage/exporting/export-rows.js';
import type { TakenJob } from '../../storage/jobs/job.js';
import type { JobChunk } from '../../storage/jobs/job-files.js';
import { requireSameAccess } from './export-access.js';
import type { LineForm } from './export-lines.js';

export interface Writing {
  readonly job: TakenJob;
  readonly context: RequestContext;
  readonly elements: Subset | undefined;
  /** Bytes after which another file begins. */
  readonly fileSize: number;
  readonly signal: AbortSignal;
  /** Is told of resources and bytes as they are read. */
  readonly done: (resources: number, bytes: number) => void;
}

/** Sizes of a file so far. */
export interface Progress {
  readonly chunks: number[];
  readonly patients: Set<string>;
  bytes: number;
  resources: number;
  headers: number;
  /** The patient whose block it is in; undefined in a file of one type. */
  block: string | undefined;
  continues: boolean;
}

/** Times the size of a file that one of a large record may have. */
const mostOfBlock = 2;
/** Times that a check of the access is tried again, with a second between. */
const mostTries = 30;

/** True where its caller is shown each resource as it is stored, and asked for all of it. */
export const isAsStored = ({ elements, context }: Pick<Writing, 'elements' | 'context'>): boolean =>
  !elements && !context.rules.hiding && [...resourceTypes].every((type) => context.masksOf(type).length === 0);

export function note(writing: Writing, { chunk, bytes }: JobChunk, resources: number, written: Progress): void {
  written.chunks.push(chunk);
  written.resources += resources;
  writing.done(resources, bytes);
}

/** `patients`: references with commas between, repeated. */
export function notePatients(patients: string, written: Progress): void {
  for (const patient of patients.split(','))
    if (patient !== '' && !written.patients.has(patient)) written.patients.add(ownText(patient));
}

/** A part of a text holds the whole one in memory. */
const ownText = (part: string): string => Buffer.from(part).toString();

/** The first chunk after another one that belongs into its file. */
export async function followingChunk(
  rows: Pick<ExportRows, 'nextChunk'>,
  writing: Writing,
  chunk: JobChunk,
  written: Progress,
): Promise<JobChunk | undefined> {
  const { fileSize, job } = writing;
  const isFull = written.bytes >= fileSize;
  if (isFull && !chunk.patients) return undefined;
  const next = await rows.nextChunk(job, chunk.chunk, isAsStored(writing));
  if (!next || !isAlike(next, chunk)) return undefined;
  if (!isFull) return next;
  // A block is split where it would make a file much too large.
  const isSplit = next.patients?.[0] === chunk.patients?.at(-1);
  if (isSplit && written.bytes < fileSize * mostOfBlock) return next;
  written.continues = isSplit;
  return undefined;
}

const isAlike = (one: JobChunk, { kind, type, fingerprint }: JobChunk): boolean =>
  one.kind === kind && one.type === type && one.fingerprint === fingerprint;

/** The accesses that the rows were found by, if the caller has them still; waits where nobody can say so. */
export async function accessAgain({ context, signal }: Writing, chunk: JobChunk): Promise<LineForm['accessTo']> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      await context.rules.refresh();
      requireSameAccess(context, chunk);
      const accesses = new Map(
        [...new Set(chunk.types ?? [chunk.type])].map((type) => [type, context.accessTo(type, 's')]),
      );
      for (const access of accesses.values()) {
        access.askedBy.confirm?.();
        await access.confirm();
      }
      return (type) => accesses.get(type)!;
    } catch (error) {
      if (!(error instanceof TemporarilyUnavailable) || tries === mostTries) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}
