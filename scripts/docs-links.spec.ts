import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)));

/** Without what only looks like a link: code. */
const proseOf = (page: string): string =>
  readFileSync(join(root, page), 'utf8')
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, '');

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(join(root, page), 'utf8').replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
  const headings = [...text.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => anchorOf(heading!));
  const named = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name!);
  return new Set([...headings, ...named]);
}

function wrongLinks(page: string): readonly string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(root, target))) return true;
    if (anchor === undefined || statSync(join(root, target)).isDirectory()) return anchor !== undefined;
    return target.endsWith('.md') && !anchorsOf(target).has(anchor);
  });
}

it.each(pages)('%s links to what is there', (page) => {
  expect(wrongLinks(page)).toEqual([]);
});

it('each page of docs/ is reached from its index', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const ofDocs = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
  expect(ofDocs.filter((page) => !index.includes(`(${page.slice('docs/'.length)}`))).toEqual([]);
});

it('ARCHITECTURE.md and CONTRIBUTING.md name files and folders that are there', () => {
  const named = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/`((?:src\/)?[\w-]+\/[\w./-]+\.(?:ts|mjs))`/g)].map(
      ([, path]) => path!,
    ),
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, 'src', path)))).toEqual([]);
});

it('each decision has a number of its own, which its title says', () => {
  const decisions = pages.filter((page) => /^docs\/adr\/\d{4}-/.test(page));
  const numbers = decisions.map((page) => Number(page.slice('docs/adr/'.length, 'docs/adr/0000'.length)));
  expect(new Set(numbers).size).toBe(numbers.length);
  const titled = (page: string, i: number) =>
    readFileSync(join(root, page), 'utf8').startsWith(`# ${numbers[i]}. `) ? [] : [page];
  expect(decisions.flatMap(titled)).toEqual([]);
});
