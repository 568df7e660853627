import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
});

/** Constants are written as any other value; capitals are left to what Nest injects, where a symbol has its own name. */
it('only tokens of injection have names in capitals', () => {
  const found = files
    .trim()
    .split('\n')
    .flatMap((file) => {
      const text = readFileSync(`${root}${file}`, 'utf8');
      const constants = text.matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]+)\b[^=\n]* = (.*)$/gm);
      return [...constants].flatMap(([, name, value]) =>
        value!.startsWith(`Symbol('${name}')`) ? [] : [`${file}: ${name}`],
      );
    });
  expect(found).toEqual([]);
});
