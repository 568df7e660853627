// `lanyard new extension`: what it writes works as it stands
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtSource, installedPackages } from '../support/built-source.js';
import { freshDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

interface Finished {
  readonly code: number | null;
  readonly said: string;
}

const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-new-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(program: string, args: readonly string[], cwd: string): Promise<Finished> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const child = spawn(program, args, { cwd, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

const newExtension = async (name: string, cwd = folder): Promise<Finished> =>
  run(process.execPath, [join(await builtSource(), 'cli/main.js'), 'new', 'extension', name], cwd);

const filesOf = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

describe('lanyard new extension @acme/heart-rate', { timeout: 300_000 }, () => {
  const extension = () => join(folder, 'heart-rate');

  it('writes a folder, and says how to go on', async () => {
    const { code, said } = await newExtension('@acme/heart-rate');
    expect(code, said).toBe(0);
    expect(said).toMatch(/^@acme\/heart-rate is in \.\/heart-rate: .*npm test/s);
    expect(readdirSync(folder)).toEqual(['heart-rate']);
    expect(statSync(extension()).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it('which has its names in all files, and none of the template', () => {
    const files = filesOf(extension()).map((path) => path.slice(extension().length + 1));
    expect(files.toSorted()).toEqual([
      '.github/workflows/test.yml',
      '.gitignore',
      'README.md',
      'package.json',
      'src/heart-rate.module.ts',
      'src/hello.operation.ts',
      'src/index.ts',
      'src/own-clinic.policy.ts',
      'src/patient-needs-family.hook.ts',
      'src/preferred-name.parameter.ts',
      'test/heart-rate.test.ts',
      'tsconfig.json',
    ]);
    const texts = files.map((path) => readFileSync(join(extension(), path), 'utf8'));
    expect(texts.filter((text) => /zephyr/i.test(text))).toEqual([]);
    expect(texts.join('\n')).toContain('class HeartRateModule');
    const { name, peerDependencies } = JSON.parse(readFileSync(join(extension(), 'package.json'), 'utf8'));
    expect([name, peerDependencies['lanyard-fhir']]).toEqual(['@acme/heart-rate', `^${own.version}`]);
    // What its Nest has to be is what ours is.
    expect(peerDependencies['@nestjs/common']).toBe(own.peerDependencies['@nestjs/common']);
  });

  it('whose tests pass, in a process that ends by itself', async () => {
    symlinkSync(await installedPackages(), join(extension(), 'node_modules'));
    const { code, said } = await run('npm', ['test'], extension());
    expect(code, said).toBe(0);
    expect(said).toMatch(/^\S+ pass 6$/m);
    expect(said).toMatch(/^\S+ fail 0$/m);
  });

  it('which the server loads as it is', async () => {
    const database = await freshDatabase();
    const server = await ServerProcess.start(database, { EXTENSIONS: extension() });
    try {
      const { access } = await server.logIn();
      const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe' }] };
      expect((await server.call('PUT', 'Patient/p1', access, patient)).status).toBe(201);
      const { status, body } = await server.call('GET', 'Patient/p1/$heart-rate-hello', access);
      expect([status, body.parameter?.[0].valueString]).toEqual([200, 'Hello, p1']);
    } finally {
      await server.kill('SIGTERM');
      await database.drop();
    }
  });
});

describe('lanyard new extension says in one line why it writes nothing:', () => {
  it('a folder of that name exists', async () => {
    mkdirSync(join(folder, 'taken'), { recursive: true });
    const { code, said } = await newExtension('@acme/taken');
    expect([code, said]).toEqual([
      1,
      `${join(folder, 'taken')} exists already. Choose another name, or move that out of the way.\n`,
    ]);
    expect(readdirSync(join(folder, 'taken'))).toEqual([]);
  });

  it('a name that is none, and one that is taken', async () => {
    for (const name of ['Heart Rate', '../up', 'lanyard-fhir']) {
      const { code, said } = await newExtension(name);
      expect([code, said.trim().split('\n').length], said).toEqual([2, 1]);
    }
  });

  it.skipIf(process.getuid?.() === 0)('a folder that cannot be written', async () => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    const { code, said } = await newExtension('cardio', join(folder, 'closed'));
    expect([code, said]).toEqual([1, expect.stringMatching(/^Nothing can be written in .*closed/)]);
  });
});
