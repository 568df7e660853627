import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf } from '../../r4/json/items.js';
import { type JsonObject, parseJson, writeJson } from '../../r4/json/json.js';
import type { DefinitionSource, FoundDefinition, MemberQuestion } from '../../r4/model/definition-source.js';
import { idOf } from '../../r4/packages/package-manifest.js';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import { versionOrder } from '../../r4/terminology/version-order.js';
import { isLoaded } from '../storage/packages/loaded-package.js';
import { keyOf, readDefinitionOf, type Survey } from './survey.js';

/** Types that validation asks for. */
const kinds: ReadonlySet<string> = new Set(['StructureDefinition', 'ValueSet', 'CodeSystem']);

/** Where the text of a planned definition is in the file. */
interface Place {
  readonly version: string;
  readonly origin: string;
  readonly offset: number;
  readonly length: number;
}

/** A profile of resources that a planned package has. */
export interface PlannedProfile {
  readonly url: string;
  readonly origin: string;
}

/** Texts of definitions in a file of their own, so that none of them is in memory. */
class DefinitionFile {
  private size = 0;

  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
  ) {}

  static async create(): Promise<DefinitionFile> {
    const folder = await mkdtemp(join(tmpdir(), 'lanyard-plan-'));
    return new DefinitionFile(folder, await open(join(folder, 'definitions'), 'w+', 0o600));
  }

  async append(definition: JsonObject): Promise<Pick<Place, 'offset' | 'length'>> {
    const bytes = Buffer.from(writeJson(definition));
    const offset = this.size;
    await this.file.write(bytes, 0, bytes.length, offset);
    this.size += bytes.length;
    return { offset, length: bytes.length };
  }

  async read({ offset, length }: Place): Promise<JsonObject> {
    const bytes = Buffer.alloc(length);
    await this.file.read(bytes, 0, length, offset);
    return parseJson(bytes.toString('utf8')) as JsonObject;
  }

  async discard(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Definitions as they would be after the installation of some packages: theirs and those that are installed, of each canonical the one that
 * would count then (docs/adr/0115).
 */
export class PlannedDefinitions implements DefinitionSource {
  private readonly places = new Map<string, Place[]>();
  readonly profiles: PlannedProfile[] = [];

  private constructor(
    private readonly installed: DefinitionSource,
    private readonly file: DefinitionFile,
  ) {}

  /** Reads the packages once more; {@link discard} has to follow. */
  static async of(surveys: readonly Survey[], installed: DefinitionSource): Promise<PlannedDefinitions> {
    const planned = new PlannedDefinitions(installed, await DefinitionFile.create());
    try {
      for (const one of surveys) await planned.add(one);
    } catch (error) {
      await planned.discard();
      throw error;
    }
    return planned;
  }

  discard(): Promise<void> {
    return this.file.discard();
  }

  get revision(): string {
    return this.installed.revision;
  }

  async find(type: string, canonicals: readonly string[]): Promise<readonly (FoundDefinition | undefined)[]> {
    const installed = await this.installed.find(type, canonicals);
    const found: (FoundDefinition | undefined)[] = [];
    for (const [i, canonical] of canonicals.entries()) found.push(await this.later(type, canonical, installed[i]));
    return found;
  }

  /** Of code systems that were loaded: these go before those of packages. */
  members(questions: readonly MemberQuestion[]): Promise<readonly (boolean | undefined)[]> {
    return this.installed.members?.(questions) ?? Promise.resolve(questions.map(() => undefined));
  }

  private async add({ source, manifest, definitions }: Survey): Promise<void> {
    const origin = idOf(manifest);
    for await (const { content } of source.documents()) {
      const read = readDefinitionOf(content);
      if (read === undefined || typeof read === 'string' || !kinds.has(read.type)) continue;
      if (definitions.get(keyOf(read))?.digest !== read.digest) continue;
      const { type, url, version } = read;
      const place = { version, origin, ...(await this.file.append(content)) };
      const key = `${type} ${url}`;
      this.places.set(key, [...(this.places.get(key) ?? []), place]);
      if (isProfile(content)) this.profiles.push({ url, origin });
    }
  }

  /** By the order in which installed definitions are found (`findDefinitions`). */
  private async later(
    type: string,
    canonical: string,
    installed: FoundDefinition | undefined,
  ): Promise<FoundDefinition | undefined> {
    const { url, version: asked = '' } = parseCanonical(canonical);
    const [best] = (this.places.get(`${type} ${url}`) ?? [])
      .filter(({ version }) => asked === '' || version === asked || version.startsWith(`${asked}.`))
      .toSorted((a, b) => compare(a, b, asked));
    if (!best) return installed;
    if (installed) {
      const other = { version: installed.version ?? '', origin: installed.origin };
      if (isLoaded(installed.origin) || compare(other, best, asked) < 0) return installed;
    }
    const { version, origin } = best;
    return {
      type,
      url,
      version: version === '' ? undefined : version,
      origin,
      resource: await this.file.read(best),
    };
  }
}

type Ranked = Pick<Place, 'version' | 'origin'>;

/** Negative where the first one counts. */
function compare(one: Ranked, other: Ranked, asked: string): number {
  const exact = Number(other.version === asked) - Number(one.version === asked);
  if (exact !== 0) return exact;
  const [a, b] = [versionOrder(one.version), versionOrder(other.version)];
  if (a !== b) return a > b ? -1 : 1;
  return one.origin < other.origin ? -1 : 1;
}

const isProfile = (content: JsonObject): boolean =>
  content['resourceType'] === 'StructureDefinition' &&
  textOf(content['kind']) === 'resource' &&
  textOf(content['derivation']) === 'constraint';
