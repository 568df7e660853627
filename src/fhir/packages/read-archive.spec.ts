import { pipeline } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { InvalidPackage } from './invalid-package.js';
import { readArchive } from './read-archive.js';
import { UnpackMeter, type UnpackLimits, unpackLimits } from './unpack-limits.js';

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly content?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', content = '', linkpath, size = content.length }) => {
    const header = Buffer.alloc(512);
    new Header({
      path,
      type,
      size,
      mode: 0o644,
      mtime: new Date(0),
      ...(linkpath !== undefined && { linkpath }),
    }).encode(header, 0);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function* inChunks(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: AsyncIterable<Buffer>, limits: Partial<UnpackLimits> = {}): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path, bytes: content } of readArchive(bytes, new UnpackMeter('x', { ...unpackLimits, ...limits })))
    paths.push(`${path} ${content.toString()}`);
  return paths;
}

const packed = (...entries: readonly Entry[]) => inChunks(gzipSync(tarOf(entries)));

describe('the archive of a package', () => {
  it('has the files that may hold definitions, wherever chunks end', async () => {
    const bytes = gzipSync(
      tarOf([
        { path: 'package/', type: 'Directory' },
        { path: 'package/package.json', content: '{}' },
        { path: 'package/ValueSet-x.json', content: '{"a":1}' },
        { path: 'package/.index.json', content: '{}' },
        { path: 'package/example/Patient-x.json', content: '{}' },
        { path: 'package/readme.md', content: 'x' },
      ]),
    );
    for (const size of [1, 100, 512, 65_536])
      expect(await read(inChunks(bytes, size))).toEqual(['package.json {}', 'ValueSet-x.json {"a":1}']);
  });

  it.each<[string, Entry, RegExp]>([
    ['a path that leaves it', { path: 'package/../../etc/passwd.json', content: '{}' }, /a path that leads out of it/],
    ['an absolute path', { path: '/etc/x.json', content: '{}' }, /a path that leads out of it/],
    ['a path of Windows', { path: 'C:\\x.json', content: '{}' }, /a path that leads out of it/],
    ['a link', { path: 'package/x.json', type: 'SymbolicLink', linkpath: '/etc/passwd' }, /holds a SymbolicLink/],
    ['a hard link', { path: 'package/x.json', type: 'Link', linkpath: 'package/y.json' }, /holds a Link/],
    ['a device', { path: 'package/x.json', type: 'CharacterDevice' }, /holds a CharacterDevice/],
    ['a pipe', { path: 'package/x.json', type: 'FIFO' }, /holds a FIFO/],
  ])('is refused with %s', async (_what, entry, fact) => {
    await expect(read(packed(entry))).rejects.toThrow(fact);
    await expect(read(packed(entry))).rejects.toBeInstanceOf(InvalidPackage);
  });

  it('is refused when it is none, or ends too early', async () => {
    await expect(read(inChunks(Buffer.from('no archive')))).rejects.toThrow(/it is no \.tgz, or damaged/);
    await expect(read(inChunks(gzipSync(Buffer.from('no tar'.repeat(1000)))))).rejects.toThrow(
      /it is no \.tgz, or damaged/,
    );
    const bytes = gzipSync(tarOf([{ path: 'package/x.json', content: 'x'.repeat(10_000) }]));
    await expect(read(inChunks(bytes.subarray(0, bytes.length - 40)))).rejects.toThrow(/it is no \.tgz, or damaged/);
  });

  it('is refused with a definition, a number of files or a size beyond the limits', async () => {
    const file = { path: 'package/x.json', content: 'x'.repeat(3000) };
    await expect(read(packed(file), { documentBytes: 2000 })).rejects.toThrow(/a definition of more than/);
    await expect(read(packed(file, file, file), { files: 2 })).rejects.toThrow(/more than 2 files/);
    await expect(read(packed(file), { bytes: 3000 })).rejects.toThrow(/unpacks to more than/);
  });

  it('is refused soon when it is 10 GB of zeros', async () => {
    let made = 0;
    const header = Buffer.alloc(512);
    new Header({ path: 'package/zeros.bin', type: 'File', size: 10 * 1024 ** 3, mode: 0o644 }).encode(header, 0);
    const zeros = async function* () {
      yield header;
      const block = Buffer.alloc(1024 ** 2);
      for (; made < 10_240; made++) yield block;
    };
    const gzip = pipeline(zeros(), createGzip({ level: 1 }), () => undefined);
    await expect(read(gzip as AsyncIterable<Buffer>)).rejects.toThrow(/unpacks to more than 150 times its size/);
    expect(made).toBeLessThan(1000);
  });
});
