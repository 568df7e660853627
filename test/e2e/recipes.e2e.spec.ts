// The commands of the documents, run as they stand.
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { abstain, type AccessPolicy, constrain, deny, search } from '../../src/scope/policies/policy.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { blocksOf, commandsOf, hasShell, wrongRecipes } from '../support/recipes.js';

const read = (document: string) => readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
const readme = read('README.md');
/** Where the other documents begin: the server runs, PASSWORD, BASE and TOKEN are set, and Patient/p1 is stored. */
const before = commandsOf(readme).slice(0, 3);
/** All commands of a document on a busy machine. */
const timeout = 300_000;

const documents = [
  'docs/access.md',
  'docs/administration.md',
  'docs/policies.md',
  'docs/consent-and-labels.md',
  'docs/tutorials/first-app.md',
];

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

describe.skipIf(!hasShell)('the commands work and print what is shown of', () => {
  it('README.md', { timeout }, async () => {
    expect(await wrongRecipes(readme, { database, timeout })).toEqual([]);
  });

  it.each(documents)('%s', { timeout }, async (document) => {
    expect(await wrongRecipes(read(document), { database, before, timeout })).toEqual([]);
  });

  it('docs/tutorials/extension-in-ten-minutes.md, which begins with no server', { timeout }, async () => {
    const tutorial = read('docs/tutorials/extension-in-ten-minutes.md');
    expect(await wrongRecipes(tutorial, { database, timeout })).toEqual([]);
  });
});

describe.skipIf(!hasShell)('what is wrong with a document is found', () => {
  it('a refusal instead of a success, and a success instead of a refusal', { timeout }, async () => {
    const tryIt = readme.slice(readme.indexOf('## Try it'), readme.indexOf('Why, step by step'));
    const changed = tryIt.replace('$BASE/Patient/p1', '$BASE/Patients/p1').replace('user/Patient.r', 'user/Patient.rs');
    expect(await wrongRecipes(changed, { database, before: before.slice(0, 1), timeout })).toEqual([
      expect.stringMatching(/^Line \d+: refused are \[404\], not \[\]\. .*Did you mean/s),
      expect.stringMatching(/^Line \d+: refused are \[401 404\], not \[401 404 403\]\./),
      expect.stringMatching(/^Line \d+: this is not shown, but:/),
    ]);
  });

  it.each([
    ['a command that does not exist', 'lanyard user list', /Line 2: a command failed.*lanyard: command not found/s],
    ['a file that nothing makes', 'cat nightly.json | wc -l', /Line 2: a command failed.*nightly.json: No such file/s],
    ['a variable that nothing sets', 'echo $NOBODY', /Line 2: a command failed.*NOBODY: unbound variable/s],
    ['a quote that nothing closes', "echo 'x", /Line 2: a command failed.*unexpected EOF/s],
    ['an answer that does not come', 'sleep 60', /Line 2: a command failed/],
  ])('%s', async (_, command, expected) => {
    const wrong = await wrongRecipes(`# Title\n\`\`\`sh\n${command}\n\`\`\`\n`, { database, timeout: 3_000 });
    expect(wrong).toEqual([expect.stringMatching(expected)]);
  });

  it('output that differs', async () => {
    const document = (shown: string) =>
      `\`\`\`sh\necho one two three\n\`\`\`\n\nIt prints\n\n\`\`\`text\n${shown}\n\`\`\`\n`;
    expect(await wrongRecipes(document('one …\nthree'), { database })).toEqual([]);
    expect(await wrongRecipes(document('three … one'), { database })).toEqual([expect.stringMatching(/^Line 7:/)]);
  });

  it('a block that is neither run nor marked', async () => {
    const document = (comment: string) => `${comment}\n\`\`\`yaml\na: 1\n\`\`\`\n\`\`\`\necho\n\`\`\`\n`;
    const unmarked = expect.stringContaining('neither run nor marked');
    expect(await wrongRecipes(document(''), { database })).toEqual([unmarked, unmarked]);
    expect(await wrongRecipes(document('<!-- not run: an example -->'), { database })).toEqual([unmarked]);
    const indented = '- item\n  ```sh\n  false\n  ```\n';
    expect(await wrongRecipes(indented, { database })).toEqual([expect.stringContaining('Not every fence')]);
  });
});

it('the policy in code of docs/policies.md is one', () => {
  const { text } = blocksOf(read('docs/policies.md')).find(({ language }) => language === 'ts')!;
  const compilerOptions = { target: ts.ScriptTarget.ES2023, experimentalDecorators: true };
  const code = ts.transpile(text.replace('export class', 'class'), compilerOptions);
  const names = { Injectable, abstain, constrain, deny, search };
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- code of our own document
  const make = new Function(...Object.keys(names), `${code}; return OwnWard;`) as (
    ...values: unknown[]
  ) => new () => AccessPolicy;
  const policy = new (make(...Object.values(names)))();
  const decide = (kind: string, ward?: string) =>
    policy.decide({ principal: { kind, claims: { ward } }, type: 'Encounter', permission: 'r' } as never);
  expect(decide('machine')).toEqual(abstain());
  expect(decide('user', 'w,1')).toEqual(constrain('Encounter?location.identifier=w%5C%2C1', 'own ward'));
  expect(decide('user').verdict).toBe('deny');
});
