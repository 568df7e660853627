import type { ExportRows } from '../../storage/exporting/export-rows.js';
import type { KeptContent, KeptLines } from '../../storage/exporting/kept-lines.js';
import type { JobChunk, WrittenFile } from '../../storage/jobs/job-files.js';
import {
  accessAgain,
  followingChunk,
  isAsStored,
  note,
  notePatients,
  type Progress,
  type Writing,
} from './file-progress.js';
import type { Pace } from './pace.js';

/** The content of a file. */
export type FileContent = Pick<WrittenFile, 'contentId' | 'size' | 'partSizes'>;

/** Bytes of a chunk; one of larger resources goes through the server. */
const mostBytes = 16 * 1024 ** 2;

interface Means {
  readonly pace: Pace;
  readonly rows: ExportRows;
  readonly writing: Writing;
  /** Takes room for the bytes of a file. */
  roomForFile(): Promise<(bytes: number) => void>;
}

/**
 * Has the database put the lines of a file together and keep them, from its first chunk on (docs/adr/0148). Undefined, with nothing written, where
 * they have to go through the server: the database is distributed, contents lie elsewhere, what is handed out is not what is stored, or a resource has a line break.
 */
export async function keepFile(means: Means, first: JobChunk, written: Progress): Promise<FileContent | undefined> {
  if (!mayBeKept(means, first)) return undefined;
  const { mayBeDistributed, hasLz4 } = await means.rows.keeper();
  if (mayBeDistributed) return undefined;
  const { contents } = means.rows;
  const contentId = await contents.beginHere();
  if (contentId === undefined) return undefined;
  let partSizes: readonly number[] = [];
  try {
    partSizes = await keepChunks(means, first, written, { contentId, hasLz4 });
    const size = partSizes.reduce((sum, each) => sum + each, 0);
    if (size > 0) return { contentId, size, partSizes };
  } catch (error) {
    await contents.discard({ contentId });
    throw error;
  }
  await contents.discard({ contentId });
  return partSizes.length > 0 ? { contentId, size: 0 } : undefined;
}

/** Sizes of the parts; none where not even the first chunk is kept. */
async function keepChunks(
  means: Means,
  first: JobChunk,
  written: Progress,
  content: KeptContent,
): Promise<readonly number[]> {
  const { rows, writing } = means;
  const take = await means.roomForFile();
  const sizes: number[] = [];
  let isCut = false;
  for await (const { chunk, kept } of keptChunks(means, first, written, content)) {
    await accessAgain(writing, chunk);
    // Masks of policies may have come since: what was kept is no longer what is shown. The file ends before it.
    if (kept.isBroken || !isAsStored(writing)) {
      isCut = true;
      break;
    }
    take(kept.size);
    sizes.push(kept.size);
    notePatients(kept.patients, written);
    note(writing, chunk, kept.resources, written);
  }
  if (isCut) await rows.contents.cut(content.contentId, sizes.length);
  return sizes;
}

interface KeptChunk {
  readonly chunk: JobChunk;
  readonly kept: KeptLines;
}

/** Chunks in their order until the file is large enough. */
async function* keptChunks(
  means: Means,
  first: JobChunk,
  written: Progress,
  content: KeptContent,
): AsyncGenerator<KeptChunk> {
  const { rows, writing } = means;
  const running: { readonly chunk: JobChunk; readonly kept: Promise<KeptLines> }[] = [];
  let next: JobChunk | undefined = first;
  let part = 0;
  try {
    while (next ?? running.length > 0) {
      for (const most = means.pace.most(); next && running.length < most;) {
        const kept = rows.keepLines(writing.job, next, { ...content, part: part++ });
        kept.catch(() => undefined);
        running.push({ chunk: next, kept });
        written.bytes += next.bytes;
        const following: JobChunk | undefined = await followingChunk(rows, writing, next, written);
        next = following && mayBeKept(means, following) ? following : undefined;
      }
      const { chunk, kept } = running[0]!;
      yield { chunk, kept: await kept };
      running.shift();
    }
  } finally {
    // Nothing of the content is written once it is discarded.
    await Promise.allSettled(running.map(({ kept }) => kept));
  }
}

/** A chunk comes without its ids where its lines may be read as they are stored. */
const mayBeKept = ({ writing }: Means, { ids, bytes }: JobChunk): boolean =>
  ids.length === 0 && bytes <= mostBytes && isAsStored(writing);
