import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** From `src/console` as from `dist/console`. */
const built = fileURLToPath(new URL('../../dist/console/web', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface ConsoleFile {
  readonly type: string;
  readonly content: Buffer;
  readonly gzip: Buffer;
}

const compress = promisify(gzip);

/** The built workspace `console` (`npm run build`). Kept in memory after the first request: some hundred kB. */
export class ConsoleFiles {
  private readonly kept = new Map<string, Promise<ConsoleFile>>();
  private names: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly folder = built) {}

  /** The page; undefined when the console is not built. */
  async page(): Promise<string | undefined> {
    const file = await this.read('index.html');
    return file?.content.toString('utf8');
  }

  /** Names, versions and licences of the libraries that are in its files; undefined when the console is not built. */
  async licences(): Promise<string | undefined> {
    const file = await this.read('licenses.md');
    return file?.content.toString('utf8');
  }

  /** Bill of materials of the server's package and of its files, as CycloneDX; undefined when the console is not built. */
  billOfMaterials(): Promise<ConsoleFile | undefined> {
    return this.read('sbom.cdx.json');
  }

  /** A file of `assets/`, by its name; undefined when there is none. */
  async asset(name: string): Promise<ConsoleFile | undefined> {
    this.names ??= readdir(join(this.folder, 'assets')).then(
      (names) => new Set(names),
      () => new Set(),
    );
    return (await this.names).has(name) ? this.read(join('assets', name)) : undefined;
  }

  private async read(name: string): Promise<ConsoleFile | undefined> {
    const reading = this.kept.get(name) ?? this.load(name);
    this.kept.set(name, reading);
    try {
      return await reading;
    } catch {
      this.kept.delete(name);
      return undefined;
    }
  }

  private async load(name: string): Promise<ConsoleFile> {
    const content = await readFile(join(this.folder, name));
    const type = types[extname(name)] ?? 'application/octet-stream';
    return { type, content, gzip: await compress(content, { level: 9 }) };
  }
}
