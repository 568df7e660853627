import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** A folder outside this repository, with packages in its node_modules: where somebody runs the server. */
export class ExtensionFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<ExtensionFolder> {
    return new ExtensionFolder(await mkdtemp(join(tmpdir(), 'lanyard-extensions-')));
  }

  /** Installs the built example of a name, without what it needs itself. */
  async installExample(example: string): Promise<void> {
    const from = join(examples, example);
    const manifest = await readFile(join(from, 'package.json'), 'utf8');
    const target = this.folderOf((JSON.parse(manifest) as { name: string }).name);
    await mkdir(join(target, 'dist'), { recursive: true });
    await cp(join(from, 'package.json'), join(target, 'package.json'));
    const { config } = ts.readConfigFile(join(from, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: { compilerOptions: object };
    };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, from);
    for (const name of await readdir(join(from, 'src'))) {
      const text = await readFile(join(from, 'src', name), 'utf8');
      const compilerOptions = { ...options, module: ts.ModuleKind.ESNext };
      const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: name });
      await writeFile(join(target, 'dist', name.replace(/\.ts$/, '.js')), outputText);
    }
  }

  /** Installs a package of one file; `manifest` goes over what makes a sound one. */
  async install(name: string, text: string, manifest: object = {}): Promise<string> {
    const path = join(this.folderOf(name), 'index.js');
    await mkdir(dirname(path), { recursive: true });
    const whole = {
      name,
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      peerDependencies: peers,
      ...manifest,
    };
    await writeFile(join(dirname(path), 'package.json'), JSON.stringify(whole));
    await writeFile(path, text);
    return dirname(path);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  private folderOf(name: string): string {
    return join(this.path, 'node_modules', name);
  }
}

const peers = { 'lanyard-fhir': `^${version}`, '@nestjs/common': '^12.0.0', zod: '^4.0.0' };

/** Text of a module with one feature; `members` is source text beside the name. */
export const featureText = (name: string, members = '', before = ''): string => `
import { FhirModule, extensionSettings } from 'lanyard-fhir/fhir';
import { z } from 'zod';
${before}
export default { module: class Made {}, imports: [FhirModule.forFeature({ name: '${name}', ${members} })] };
`;
