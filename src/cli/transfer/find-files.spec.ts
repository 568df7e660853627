import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { zipOf } from '../../../test/support/zip.js';
import { findFiles } from './find-files.js';

let folder: string;
const path = (name: string): string => join(folder, name);
const pathsOf = async (place: string) => (await findFiles(place)).map((file) => file.path);

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lanyard-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder to import', () => {
  beforeEach(() => {
    mkdirSync(path('elsewhere'));
    writeFileSync(path('elsewhere/Patient.ndjson'), '{}');
    mkdirSync(path('mounted'));
  });

  it('has files that links lead to, and those of linked folders', async () => {
    mkdirSync(path('elsewhere/inner'));
    writeFileSync(path('elsewhere/inner/Group.json'), '{}');
    symlinkSync(path('elsewhere/Patient.ndjson'), path('mounted/Patient.ndjson'));
    symlinkSync(path('elsewhere/inner'), path('mounted/inner'));
    const files = await findFiles(path('mounted'));
    expect(files.map((file) => file.path)).toEqual([path('mounted/Patient.ndjson'), path('mounted/inner/Group.json')]);
    expect(files.map(({ size }) => size)).toEqual([2, 2]);
    expect(await text(await files[0]!.open!())).toBe('{}');
  });

  it('has each file once, as where a volume is mounted by links, and links in a circle end', async () => {
    mkdirSync(path('mounted/..2026'));
    for (const name of ['Patient.ndjson', 'a-blob']) writeFileSync(path(`mounted/..2026/${name}`), '{}');
    symlinkSync('..2026', path('mounted/..data'));
    symlinkSync('..data/Patient.ndjson', path('mounted/Patient.ndjson'));
    symlinkSync('..data/a-blob', path('mounted/Group.ndjson'));
    symlinkSync('..', path('mounted/..2026/around'));
    expect((await pathsOf(path('mounted'))).map((one) => basename(one)).toSorted()).toEqual([
      'Group.ndjson',
      'Patient.ndjson',
    ]);
  });

  it('has a link that leads nowhere as a file that cannot be read', async () => {
    writeFileSync(path('mounted/Group.ndjson'), '{}');
    symlinkSync('nowhere', path('mounted/Patient.ndjson'));
    symlinkSync('nowhere', path('mounted/notes.txt'));
    const [, broken, ...others] = await findFiles(path('mounted'));
    expect([broken, others]).toEqual([expect.objectContaining({ path: path('mounted/Patient.ndjson'), size: 0 }), []]);
    await expect(broken!.open!().then((file) => text(file))).rejects.toThrow('ENOENT');
  });
});

it('an archive within an archive is a file that cannot be read, and says how it can', async () => {
  const inner = zipOf({ 'Patient.ndjson': '{}' });
  writeFileSync(path('outer.zip'), zipOf({ 'inner.zip': inner, 'Group.ndjson': '{}', 'notes.txt': 'x' }));
  const [group, within, ...others] = await findFiles(path('outer.zip'));
  expect([group!.path, within!.path, others]).toEqual([
    path('outer.zip/Group.ndjson'),
    path('outer.zip/inner.zip'),
    [],
  ]);
  await expect(within!.open!()).rejects.toThrow('unpack the outer one');
});
