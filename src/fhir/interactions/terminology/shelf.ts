import type { RequestContext } from '../../../scope/request-context.js';
import { parseReference } from '../../../r4/model/reference.js';
import { type Canonical, parseCanonical } from '../../../r4/terminology/canonical.js';
import { CodeSystem, type ConceptsElsewhere } from '../../../r4/terminology/code-systems/code-system.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import type { ReadBefore } from '../../storage/concepts/foreseen-concepts.js';
import type { KnownReleases } from '../../storage/concepts/known-releases.js';
import { isLoadedId } from '../../storage/packages/loaded-package.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { RecentDefinitions } from './recent-definitions.js';
import type { VersionCache } from './version-cache.js';

interface ShelfOf<T extends { readonly size: number }> {
  readonly context: RequestContext;
  readonly from: ResourceRepository;
  readonly base: string;
  readonly type: 'ValueSet' | 'CodeSystem';
  readonly cache: VersionCache<T>;
  readonly read: (resource: Part, elsewhere?: ConceptsElsewhere) => T;
  readonly kept?: KeptDefinitions<T> | undefined;
}

/** Definitions that are known from questions before, for those of which an answer of some seconds ago is good. */
interface KeptDefinitions<T extends { readonly size: number }> {
  /** Loaded code systems. */
  readonly releases: KnownReleases;
  readonly recent: RecentDefinitions<T>;
}

/** State of what this process knows: the edition of packages and releases, and with its own writes. */
interface KnownState {
  readonly edition: string;
  readonly written: string;
}

/** The stored resources of a type that one caller may read, each looked up once in a request. */
export class Shelf<T extends { readonly size: number; readonly url: string }> {
  private readonly found = new Map<string, T | undefined>();

  constructor(private readonly of: ShelfOf<T>) {}

  async find(names: readonly string[], foreseen?: Foreseen): Promise<readonly (T | undefined)[]> {
    const missing = [...new Set(names)].filter((name) => !this.found.has(name));
    const { context, type } = this.of;
    if (missing.length > 0 && context.may(type, 'r')) await this.load(missing, foreseen);
    return names.map((name) => this.found.get(name));
  }

  private async load(names: readonly string[], foreseen: Foreseen | undefined): Promise<void> {
    const { base, type } = this.of;
    for (const name of names) this.found.set(name, undefined);
    const canonicals: string[] = [];
    for (const name of names) {
      const local = parseReference(name, base);
      if (local?.type === type && local.versionId === undefined) await this.loadById(name, local.id);
      else canonicals.push(name);
    }
    const known = await this.known();
    if (!known) return this.loadCanonicals(canonicals, foreseen);
    const others = await this.loadKept(canonicals, known, foreseen);
    await this.loadCanonicals(others, foreseen);
    for (const name of others) this.keep(name, known);
  }

  /** Undefined where nothing that was read before counts: for a caller with limits, and in a transaction, which sees its own rows. */
  private async known(): Promise<KnownState | undefined> {
    const { context, from, kept, type } = this.of;
    if (!kept || from.isTransaction || !context.accessTo(type, 'r').unrestricted) return undefined;
    const edition = await kept.releases.currentEdition();
    return edition === undefined ? undefined : { edition, written: `${edition} ${from.terminologyWrites.count}` };
  }

  /** Returns the canonicals that are not kept. */
  private async loadKept(
    names: readonly string[],
    { written }: KnownState,
    foreseen: Foreseen | undefined,
  ): Promise<readonly string[]> {
    const { context, from, kept, type } = this.of;
    const concepts = from.conceptsFor(context.accessTo(type, 'r'));
    const others: string[] = [];
    for (const name of names) {
      const release = type === 'CodeSystem' ? await kept?.releases.find(name, foreseen, concepts) : undefined;
      const recent = kept?.recent.find(name, written);
      if (release)
        this.found.set(name, concepts.bound(release.system, release.told, kept?.releases.counts) as unknown as T);
      else if (recent) this.found.set(name, recent.content);
      else others.push(name);
    }
    return others;
  }

  private keep(name: string, { edition, written }: KnownState): void {
    const found = this.found.get(name);
    const { kept } = this.of;
    if (found instanceof CodeSystem && found.elsewhere) kept?.releases.keep(edition, name, found);
    else kept?.recent.keep(name, written, found);
  }

  private async loadById(name: string, id: string): Promise<void> {
    const { context, from, type } = this.of;
    const row = await from.find(context.accessTo(type, 'r'), id);
    if (row && !row.deleted) this.found.set(name, await this.content(row));
  }

  private async loadCanonicals(names: readonly string[], foreseen: Foreseen | undefined): Promise<void> {
    if (names.length === 0) return;
    const { cache, context, from, type } = this.of;
    const canonicals = names.map(parseCanonical).map(withoutAny);
    const urls = new Set(canonicals.map(({ url }) => url));
    const known = cache.snapshot(({ url }) => urls.has(url));
    const access = context.accessTo(type, 'r');
    const rows = await from.findCanonicals(access, canonicals, { known: [...known.keys()], foreseen });
    for (const row of rows) {
      const content = known.get(keyOf(row));
      if (content) cache.use(keyOf(row));
      const read = content ? this.bound(content, row.told) : await this.content(row, row.told);
      this.found.set(names[row.number - 1]!, read);
    }
  }

  private async content(row: ContentRow, told?: ReadBefore): Promise<T> {
    const { cache, from, read } = this.of;
    const key = keyOf(row);
    const content = cache.use(key) ?? read(JSON.parse(row.body) as Part, await this.elsewhere(row));
    // A version that is never committed gives its number to another.
    if (!from.isTransaction) cache.set(key, content, content.size + 1);
    return this.bound(content, told);
  }

  /** Where the concepts of a code system are that was loaded: the id is one that nobody else writes. */
  private async elsewhere({ id }: ContentRow): Promise<ConceptsElsewhere | undefined> {
    const { context, from, type } = this.of;
    return type === 'CodeSystem' && isLoadedId(id) ? from.conceptsFor(context.accessTo(type, 'r')).find(id) : undefined;
  }

  /** With concepts that are asked for in the name of the caller. */
  private bound(content: T, told?: ReadBefore): T {
    const { context, from, kept, type } = this.of;
    return content instanceof CodeSystem
      ? (from.conceptsFor(context.accessTo(type, 'r')).bound(content, told, kept?.releases.counts) as unknown as T)
      : content;
  }
}

/** `1.x` is the `1` of the query: any 1.x of packages. */
const withoutAny = ({ url, version }: Canonical): Canonical => ({
  url,
  ...(version !== undefined && { version: version.replace(/(?:\.[x*])+$/, '') }),
});

interface ContentRow {
  readonly id: string;
  readonly versionId: number;
  readonly body: string;
}

const keyOf = ({ id, versionId }: ContentRow): string => `${id}/${versionId}`;
