import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closedFolder } from './closed-folder.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lanyard-closed-')));
const open = join(folder, 'open');
const closed = join(open, 'closed');
mkdirSync(join(closed, 'inner'), { recursive: true });
symlinkSync(closed, join(folder, 'link'));
for (const [path, mode] of [
  [folder, 0o711],
  [open, 0o755],
  [closed, 0o700],
] as const)
  chmodSync(path, mode);
afterAll(() => rmSync(folder, { recursive: true }));

describe('closedFolder', () => {
  it('finds nothing on a way that is open to all', () => {
    expect(closedFolder(open)).toBeUndefined();
  });

  it('names the folder that is closed, also from deeper within', () => {
    expect(closedFolder(closed)).toBe(closed);
    expect(closedFolder(join(closed, 'inner'))).toBe(closed);
  });

  it('does not mind parts that do not exist yet', () => {
    expect(closedFolder(join(open, 'a/b'))).toBeUndefined();
    expect(closedFolder(join(closed, 'a/b'))).toBe(closed);
  });

  it('sees through symbolic links', () => {
    expect(closedFolder(join(folder, 'link/inner'))).toBe(closed);
  });

  it('lets the owner and root in', () => {
    const owner = { uid: process.getuid?.() ?? 0, gid: -1 };
    expect(closedFolder(closed, owner)).toBeUndefined();
    expect(closedFolder(closed, { uid: 0, gid: 0 })).toBeUndefined();
  });
});
