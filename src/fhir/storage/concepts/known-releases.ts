import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import { InstalledPackages } from '../packages/installed-packages.js';
import { type ReadBefore, type ReadRow, worthReading } from './foreseen-concepts.js';
import { KeptCounts } from './kept-counts.js';
import type { LoadedConcepts } from './loaded-concepts.js';

/** Canonicals that are kept. */
const mostCanonicals = 100;
/** Characters of concepts that are kept, of which each counts for some more. */
const mostKept = 2_000_000;
const perConcept = 300;
const perNumber = 8;

/** A kept release, with the concepts that a question foresees, where they are worth reading ahead. */
export interface KnownRelease {
  readonly system: CodeSystem;
  readonly told: ReadBefore | undefined;
}

/**
 * Loaded releases by the canonicals that led to them, and concepts of them that were asked for lately (docs/adr/0147). Only for callers who may
 * read every CodeSystem: for others the database decides each time whether they may read the one that is meant.
 */
@Injectable()
export class KnownReleases {
  readonly counts = new KeptCounts();
  private edition: string | undefined;
  private readonly systems = new Map<string, CodeSystem>();
  /** By load and code: the content of a load never changes. */
  private madeConcepts: LRUCache<string, ReadRow> | undefined;

  constructor(private readonly packages: InstalledPackages) {}

  /** Edition of the installed and loaded releases, of at most five seconds ago; undefined while the database does not answer. */
  async currentEdition(): Promise<string | undefined> {
    const edition = await this.packages.believedRevision();
    if (edition !== this.edition) this.systems.clear();
    this.edition = edition;
    return edition;
  }

  /** Keeps what a canonical means. `edition`: the current one before it was looked up, so that what is kept is never older. */
  keep(edition: string, canonical: string, { elsewhere, origin }: CodeSystem): void {
    if (edition !== this.edition || !elsewhere) return;
    if (this.systems.size < mostCanonicals) this.systems.set(canonical, origin);
  }

  /**
   * Undefined where the release is not kept, or does not have all codes that are foreseen: it may be gone by now, and so a statement that
   * looks for the release as well has to say that there is no such code.
   */
  async find(
    canonical: string,
    foreseen: Foreseen | undefined,
    concepts: LoadedConcepts,
  ): Promise<KnownRelease | undefined> {
    const system = this.systems.get(canonical);
    if (!system?.elsewhere) return undefined;
    const asked = worthReading(foreseen);
    if (!asked) return { system, told: undefined };
    const told = await this.told(system.elsewhere.load, asked, concepts);
    return asked.codes.every((code) => told.rows.has(code)) ? { system, told } : undefined;
  }

  private async told(load: number, asked: Foreseen, concepts: LoadedConcepts): Promise<ReadBefore> {
    const { codes, withLinks = false } = asked;
    const keyOf = (code: string): string => `${load} ${withLinks ? 'links' : ''} ${code}`;
    const rows = new Map<string, ReadRow>();
    for (const code of codes) {
      const row = this.concepts.get(keyOf(code));
      if (row) rows.set(code, row);
    }
    const missing = codes.filter((code) => !rows.has(code));
    if (missing.length > 0)
      for (const [code, row] of (await concepts.read(load, { ...asked, codes: missing })).rows) {
        rows.set(code, row);
        this.concepts.set(keyOf(code), row, { size: sizeOf(row) });
      }
    return { codes: new Set(codes), withLinks, rows };
  }

  private get concepts(): LRUCache<string, ReadRow> {
    return (this.madeConcepts ??= new LRUCache({ maxSize: mostKept }));
  }
}

const sizeOf = ({ code, display, told, parents, children, ancestors }: ReadRow): number =>
  perConcept +
  code.length +
  (display?.length ?? 0) +
  told.length +
  (ancestors?.length ?? 0) * perNumber +
  lengthOf(parents, children);

const lengthOf = (...lists: readonly (readonly string[] | null | undefined)[]): number =>
  lists.reduce((sum, list) => sum + (list ?? []).reduce((of, code) => of + code.length + 20, 0), 0);
