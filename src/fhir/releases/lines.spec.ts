import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf } from './lines.js';

/** Bytes that are read at once. */
const chunk = 256 * 1024;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function linesIn(content: Buffer): Promise<readonly string[]> {
  const path = join(folder, 'lines.txt');
  writeFileSync(path, content);
  const found: string[] = [];
  for await (const { texts } of linesOf(path)) for (const text of texts) found.push(text);
  return found;
}

describe('lines of a UTF-8 file', () => {
  it.each([1, 2, 3])('have a character whole of which %i bytes are in the part before', async (before) => {
    const plain = `${'a'.repeat(999)}\n`.repeat(1000).slice(0, 2 * chunk - before);
    const text = `${plain}😀é\r\nb\n${'c'.repeat(chunk)}\nü`;
    expect(await linesIn(Buffer.from(text))).toEqual(text.replace('\r', '').split('\n'));
  });

  it.each([
    ['a character that another letter ends', [0xc3, 0x61]],
    ['a byte of no character', [0xff, 0x0a]],
  ])('are none where there is %s', async (_name, bytes) => {
    const content = Buffer.concat([Buffer.alloc(chunk - 1, 0x0a), Buffer.from(bytes), Buffer.alloc(chunk, 0x0a)]);
    await expect(linesIn(content)).rejects.toThrow('is not UTF-8');
  });
});
