// docs/extensions/testing.md: its tests are run as they stand, by node:test, in a process of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtSource } from '../support/built-source.js';
import { blocksOf } from '../support/recipes.js';

const guide = readFileSync(new URL('../../docs/extensions/testing.md', import.meta.url), 'utf8');
const tests = blocksOf(guide)
  .filter(({ language }) => language === 'ts')
  .map(({ text }) => text)
  .join('\n');

/** An extension with the operation that the guide tests; `leaky`: it counts what nobody may count. */
const extension = (built: string, leaky: boolean) => `
import { FhirModule } from '${built}/fhir/index.js';
import { DataSource } from '${import.meta.resolve('typeorm')}';
class Hello {
  constructor(database) { this.database = database; }
  declaration = {
    code: 'hello', level: ['instance'], types: ['Patient'], affectsState: false, access: [{ permission: 'r' }],
    parameters: [{ name: 'word', type: 'string', documentation: 'How to greet.' }],
    definition: 'http://example.org/fhir/OperationDefinition/hello', documentation: 'Greets.',
  };
  async run({ id }) {
    const [{ count }] = ${leaky ? "await this.database.query('select count(*)::int from resource')" : '[{ count: 0 }]'};
    return { resourceType: 'Parameters', parameter: [{ name: 'hello', valueString: id + count }] };
  }
}
Reflect.defineMetadata('design:paramtypes', [DataSource], Hello);
export default class CardioModule {}
Reflect.defineMetadata('imports', [FhirModule.forFeature({ name: '@acme/cardio', operations: [Hello] })], CardioModule);
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-guide-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runGuide(
  name: string,
  leaky: boolean,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const built = pathToFileURL(await builtSource()).href;
  for (const part of ['src', 'test']) mkdirSync(join(folder, name, part), { recursive: true });
  writeFileSync(join(folder, name, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, name, 'src/index.js'), extension(built, leaky));
  const { outputText } = ts.transpileModule(tests, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
  });
  const code = outputText.replaceAll('lanyard-fhir/testing', `${built}/testing/index.js`);
  writeFileSync(join(folder, name, 'test/guide.test.js'), code);
  const { DATABASE_URL: _, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(process.execPath, ['--test', 'test/guide.test.js'], { cwd: join(folder, name), env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [exit] = (await once(child, 'close')) as [number | null];
  return { code: exit, said };
}

// A PostgreSQL of its own, and three servers.
describe('the tests of docs/extensions/testing.md', { timeout: 300_000 }, () => {
  it('pass for an extension that tells nothing, and their process ends by itself', async () => {
    const { code, said } = await runGuide('honest', false);
    expect(said).toMatch(/^\S+ pass 3$/m);
    expect(code, said).toBe(0);
  });

  it('fail for one that counts all rows, with the request and the difference', async () => {
    const { code, said } = await runGuide('leaky', true);
    expect(said).toMatch(/^\S+ pass 2$/m);
    expect(said).toMatch(
      /The caller can tell from an answer what rows out of reach there are\.\s+Request 1 of \d+: GET/,
    );
    expect(code).toBe(1);
  });
});
