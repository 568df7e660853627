import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Polled } from '../../../database/polled.js';
import type { DefinitionSource, FoundDefinition, MemberQuestion } from '../../../r4/model/definition-source.js';
import { CannotExpand } from '../../../r4/terminology/cannot-expand.js';
import { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import { textOf } from '../../../r4/terminology/read-resource.js';
import { selectConcepts } from '../../../r4/terminology/filters/select-concepts.js';
import { LoadedConcepts } from '../concepts/loaded-concepts.js';
import { SqlSession } from '../session/sql-session.js';
import { findDefinitions } from './find-definitions.js';
import { isLoaded } from './loaded-package.js';
import { type InstalledPackage, readPackageGeneration, readPackages } from './package-rows.js';

/** Characters of definitions that are kept; parsed, they take about four times as much. */
const mostKept = 8_000_000;
/** Characters that a canonical without a definition counts for. */
const missing = 200;

/** The cached resolution of one canonical. */
interface Kept {
  readonly definition: FoundDefinition | undefined;
}

/**
 * The packages that are installed on this database, as all servers of it know them within five seconds. Definitions are read when they
 * are first asked for, and those that were used last stay in memory.
 */
@Injectable()
export class InstalledPackages implements DefinitionSource, OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(InstalledPackages.name);
  private readonly failed = (error: unknown): void => this.logger.warn(`Packages: ${(error as Error).message}`);
  private readonly polled: Polled;
  private madeKept: LRUCache<string, Kept> | undefined;
  private generation = '';
  private packages: readonly InstalledPackage[] = [];

  constructor(private readonly session: SqlSession) {
    const changes = { poll: session.changes, subjects: ['packages'] } as const;
    this.polled = new Polled(() => this.look(), { failed: this.failed, changes });
  }

  onModuleInit(): Promise<void> {
    return this.polled.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.polled.stop();
  }

  get revision(): string {
    return this.generation;
  }

  /** {@link revision} of at most five seconds ago; undefined while the database does not answer. */
  async believedRevision(): Promise<string | undefined> {
    await this.polled.refresh();
    return this.polled.isBelieved ? this.generation : undefined;
  }

  /** In the order of their installation. */
  get all(): readonly InstalledPackage[] {
    return this.packages;
  }

  /** Makes what was installed by now count. */
  lookAfresh(): Promise<void> {
    return this.polled.lookAfresh();
  }

  async find(type: string, canonicals: readonly string[]): Promise<readonly (FoundDefinition | undefined)[]> {
    await this.polled.refresh();
    // The database does not answer: what it has by now is not known.
    if (!this.polled.isBelieved) this.kept.clear();
    const known = new Map<string, FoundDefinition | undefined>();
    const unknown: string[] = [];
    for (const canonical of new Set(canonicals)) {
      const kept = this.kept.get(this.keyOf(type, canonical));
      if (kept) known.set(canonical, kept.definition);
      else unknown.push(canonical);
    }
    if (unknown.length > 0) await this.read(type, unknown, known);
    return canonicals.map((canonical) => known.get(canonical));
  }

  /** Answered by the tables of loaded concepts. */
  async members(questions: readonly MemberQuestion[]): Promise<readonly (boolean | undefined)[]> {
    const found = await this.find(
      'CodeSystem',
      questions.map(({ system }) => system),
    );
    const answers: (boolean | undefined)[] = [];
    for (const [i, question] of questions.entries()) answers.push(await this.isMember(found[i], question));
    return answers;
  }

  private async isMember(
    found: FoundDefinition | undefined,
    { code, filters }: MemberQuestion,
  ): Promise<boolean | undefined> {
    if (!found || !isLoaded(found.origin)) return undefined;
    const concepts = new LoadedConcepts(this.session);
    const elsewhere = await concepts.find(textOf(found.resource['id']) ?? '');
    const system = concepts.bound(new CodeSystem(found.resource, elsewhere));
    if (!system.stored || system.content !== 'complete') return undefined;
    try {
      return (await system.stored.find(code, await selectConcepts(system, filters)))?.isSelected ?? false;
    } catch (error) {
      if (error instanceof CannotExpand) return undefined;
      throw error;
    }
  }

  private async read(
    type: string,
    canonicals: readonly string[],
    known: Map<string, FoundDefinition | undefined>,
  ): Promise<void> {
    // Keys are made before the rows are read: rows may be of a later generation, never of an earlier one.
    const keys = canonicals.map((canonical) => this.keyOf(type, canonical));
    const found = await findDefinitions(this.session, type, canonicals);
    for (const [i, canonical] of canonicals.entries()) {
      const { definition, length = missing } = found[i] ?? {};
      known.set(canonical, definition);
      this.kept.set(keys[i]!, { definition }, { size: length });
    }
  }

  private keyOf(type: string, canonical: string): string {
    return `${this.generation} ${type} ${canonical}`;
  }

  private async look(): Promise<void> {
    const generation = await readPackageGeneration(this.session);
    if (generation === this.generation) return;
    this.packages = generation === '0' ? [] : await readPackages(this.session);
    this.generation = generation;
    this.kept.clear();
  }

  private get kept(): LRUCache<string, Kept> {
    return (this.madeKept ??= new LRUCache({ maxSize: mostKept }));
  }
}
