import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLogo } from './organisation-logo.js';

const folder = mkdtempSync(join(tmpdir(), 'lanyard-logo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(20)]);

describe('the logo of an organisation', () => {
  it('is known by its bytes, not by its name', () => {
    expect(readLogo(fileOf('logo.svg', png))).toEqual({ type: 'image/png', bytes: png });
    expect(readLogo(fileOf('a.png', Buffer.from('ffd8ffe0', 'hex')))).toMatchObject({ type: 'image/jpeg' });
    expect(readLogo(fileOf('b', Buffer.from('RIFF\0\0\0\0WEBPVP8 ')))).toMatchObject({ type: 'image/webp' });
  });

  it.each([
    [
      'a picture that can run scripts',
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      /SVG can run scripts/,
    ],
    ['a page', '<!doctype html><script>1</script>', /must name a PNG/],
    ['nothing', '', /must name a PNG/],
  ])('is not %s', (_, content, why) => {
    expect(readLogo(fileOf('x.png', Buffer.from(content)))).toMatch(why);
  });

  it('is small, and there', () => {
    expect(readLogo(fileOf('large.png', Buffer.concat([png, Buffer.alloc(200_000)])))).toMatch(/131072 at most/);
    expect(readLogo(join(folder, 'nowhere.png'))).toBe('names a file that cannot be read');
    expect(readLogo(folder)).toMatch(/cannot be read|must name/);
  });
});
