// An object literal with a getter gets a shape of its own each time, which V8 keeps among old objects: what the getter holds grows old with it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Made once for a process, a route or a profile, or for the rows that do not fit into memory. */
const rare: readonly string[] = [
  'src/app/http/pressure.ts cause',
  'src/app/tenants/router/own-fastify.ts run',
  'src/fhir/storage/writing/contents/store-content.ts body',
  'src/r4/validation/profiles/model/compile-profile.ts root',
];

it('requests make no object literals with getters', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src/*.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const found = files
    .trim()
    .split('\n')
    .filter((file) => !file.endsWith('.spec.ts'))
    .flatMap((file) => gettersOfLiterals(file, readFileSync(`${root}${file}`, 'utf8')));
  expect(found.toSorted()).toEqual(rare);
});

it('finds them', () => {
  const text = `class A { get a() { return 1; } }\nconst b = { get c() { return 2; }, d: 3 };`;
  expect(gettersOfLiterals('file.ts', text)).toEqual(['file.ts c']);
});

function gettersOfLiterals(file: string, text: string): readonly string[] {
  if (!/\bget \w+\(\)/.test(text)) return [];
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isGetAccessor(node) && ts.isObjectLiteralExpression(node.parent))
      found.push(`${file} ${node.name.getText()}`);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}
