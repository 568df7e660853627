import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { mayHoldDefinitions } from './package-paths.js';
import type { UnpackMeter } from './unpack-limits.js';

/** A file of a package, by its path within it. */
export interface PackageFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Types of entries that a package may have; links and devices lead elsewhere. */
const plain: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']);

/**
 * The files of a `.tgz` that may hold definitions, as registries serve it: unpacked as a stream, so that one file at a time is in memory,
 * and nothing on the disk. Throws `InvalidPackage` for what is no archive, leads out of the package or is a bomb.
 */
export async function* readArchive(archive: AsyncIterable<Buffer>, meter: UnpackMeter): AsyncGenerator<PackageFile> {
  const entries = new Entries(meter);
  let packed = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of archive) {
      packed += chunk.length;
      yield chunk;
    }
  };
  try {
    for await (const chunk of gunzipped(counted())) {
      meter.take(chunk.length, packed);
      yield* entries.write(chunk);
    }
  } catch (error) {
    if (entries.isOwn(error)) throw error;
    meter.refuse(
      `cannot be unpacked: it is no .tgz, or damaged (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  yield* entries.end();
}

/** Bytes of what gzip packed. */
export async function* gunzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // A failure of the source comes out of the loop.
  const gunzip = pipeline(source, createGunzip(), () => undefined);
  for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
}

/** Entries of an archive, one after the other. */
class Entries {
  private readonly done: PackageFile[] = [];
  private failure: unknown;
  private readonly parser: Parser;

  constructor(private readonly meter: UnpackMeter) {
    this.parser = new Parser({ strict: true, onReadEntry: (entry) => this.take(entry) });
    this.parser.on('error', (error: unknown) => (this.failure ??= error));
  }

  isOwn(error: unknown): boolean {
    return error === this.failure && error instanceof Error && error.name === 'InvalidPackage';
  }

  *write(chunk: Buffer): Generator<PackageFile> {
    this.parser.write(chunk);
    if (this.failure !== undefined) throw this.failure;
    yield* this.done.splice(0);
  }

  *end(): Generator<PackageFile> {
    this.parser.end();
    if (this.failure !== undefined) throw this.failure;
    yield* this.done.splice(0);
  }

  private take(entry: ReadEntry): void {
    try {
      this.judge(entry);
    } catch (error) {
      this.failure ??= error;
      entry.resume();
    }
  }

  private judge(entry: ReadEntry): void {
    const path = entry.path.replaceAll('\\', '/');
    this.meter.file();
    if (!plain.has(entry.type)) this.meter.refuse(`holds a ${entry.type}, not only files: ${shown(path)}`);
    if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.split('/').includes('..'))
      this.meter.refuse(`holds a path that leads out of it: ${shown(path)}`);
    const within = path.replace(/^(?:\.\/)?package\//, '');
    const isFile = entry.type !== 'Directory' && mayHoldDefinitions(within);
    if (!isFile) {
      entry.resume();
      return;
    }
    this.meter.document(within, entry.size);
    const chunks: Buffer[] = [];
    entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    entry.on('end', () => this.done.push({ path: within, bytes: Buffer.concat(chunks) }));
  }
}

const shown = (path: string): string => path.replaceAll(/\p{C}/gu, '?').slice(0, 100);
