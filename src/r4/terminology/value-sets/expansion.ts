import { CannotExpand, InvalidValueSet, TooCostly } from '../cannot-expand.js';
import { canonicalText } from '../canonical.js';
import { CodeSet } from './code-set.js';
import { listShortSelections } from './list-short-selections.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import type { OfTerminology } from '../../search/query/filter.js';
import { filterConcepts, requireCode, requireSubsumption } from '../filters/filter-concepts.js';
import { type CodesByVersion, codesByVersion, inSeveralVersions } from './codes-by-version.js';
import { requireComplete } from '../code-systems/require-complete.js';
import { comparesCodes, selectConcepts } from '../filters/select-concepts.js';
import { all, both, type Selection } from '../../search/query/concept-selection.js';
import { NamedSystems } from '../named-systems.js';
import { SystemVersions } from '../system-versions.js';
import type { TerminologySource } from '../terminology-source.js';
import { type ConceptFilter, nameOf, type ValueSet, type ValueSetPart } from './value-set.js';

/** Codes that one criterion can list; whole code systems, and selections of loaded ones that have more, count as one. */
export const mostCodes = 5000;

/** Codes of all criteria of a request, counted each time they are asked for: a transaction has many conditions. */
export const mostCodesOfRequest = 20_000;

/** Codes on the way there, before some are excluded. */
const mostOnTheWay = 200_000;

/** Concepts that may be looked at for one request; a regular expression counts as many. */
const mostWork = 200_000;
const workOfExpression = 20_000;

/** So many before others get a turn. */
const workInOneGo = 20_000;

/** Value sets that one may import, directly and through others. */
const mostValueSets = 100;

/** Codes of the criteria of one request; throws {@link CannotExpand}, naming the part, for what cannot be listed. */
export class Expansion {
  private readonly done = new Map<string, CodeSet>();
  private readonly open = new Set<string>();
  /** Code systems that value sets on the way include. */
  readonly named: NamedSystems;
  /** Codes of code systems that a value set has in several versions, where they differ. */
  readonly versioned = new Map<string, CodesByVersion>();
  /** True if a value set on the way has active codes alone. */
  isActiveOnly = false;
  /** Value sets that were imported on the way. */
  readonly imported = new Map<string, ValueSet>();
  private work = 0;
  private workBefore = 0;
  private handedOut = 0;

  /** `foreseen`: codes of which it will be asked whether they are members; `asked`: versions that count beside those of value sets. */
  constructor(
    private readonly source: TerminologySource,
    readonly foreseen: readonly string[] = [],
    readonly asked: SystemVersions = new SystemVersions(),
  ) {
    this.named = new NamedSystems(asked);
  }

  /** Returns the codes that a value of a search stands for. */
  of(value: OfTerminology): Promise<CodeSet> {
    return value.kind === 'in'
      ? this.valueSet(value.valueSet)
      : this.hierarchy(value.direction, value.system, value.code);
  }

  /** The codes of a value set. */
  async valueSet(name: string): Promise<CodeSet> {
    return this.handOut(await this.expand(name));
  }

  /** The codes of a value set, however many: for who hands them out by the page. */
  members(name: string): Promise<CodeSet> {
    return this.expand(name);
  }

  /** The code and those it subsumes, or those that subsume it. */
  async hierarchy(direction: 'above' | 'below', system: string, code: string): Promise<CodeSet> {
    const [found] = await this.source.codeSystems([system], { codes: [code] });
    const codeSystem = requireComplete(found, system);
    requireSubsumption(codeSystem);
    const { stored } = codeSystem;
    if (stored) {
      const op = direction === 'below' ? 'is-a' : 'generalizes';
      const selection = await selectConcepts(codeSystem, [{ property: 'concept', op, value: code }]);
      return this.handOut(CodeSet.selected(system, { concepts: stored, selection }));
    }
    requireCode(codeSystem, code);
    return this.handOut(CodeSet.of(system, codeSystem[direction](code)));
  }

  /** Short selections are listed, so that an index leads to the rows; long ones stay conditions (docs/adr/0145). */
  private async handOut(from: CodeSet): Promise<CodeSet> {
    const codes = await listShortSelections(from, mostCodes);
    const size = codes.size + codes.selections.size;
    if (size > mostCodes) throw new CannotExpand(`These are ${size} codes; a criterion takes ${mostCodes}.`);
    this.handedOut += size;
    if (this.handedOut <= mostCodesOfRequest) return codes;
    throw new CannotExpand(`All criteria of the request together come to more than ${mostCodesOfRequest} codes.`);
  }

  private async expand(name: string): Promise<CodeSet> {
    const known = this.done.get(name);
    if (known) return known;
    if (this.open.has(name)) throw new CannotExpand(`The ValueSet ${name} imports itself.`, 'vs-invalid');
    if (this.done.size + this.open.size >= mostValueSets) {
      throw new CannotExpand(`More than ${mostValueSets} value sets are imported.`);
    }
    const [valueSet] = await this.source.valueSets([name]);
    if (!valueSet) {
      throw new CannotExpand(
        `The ValueSet ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
        'not-found',
      );
    }
    if (this.open.size > 0) this.imported.set(nameOf(valueSet), valueSet);
    this.open.add(name);
    const codes = await this.codesOf(valueSet).finally(() => this.open.delete(name));
    this.done.set(name, codes);
    return codes;
  }

  private async expandWithin(name: string, { contained }: ValueSet): Promise<CodeSet> {
    if (!isInside(name)) return this.expand(name);
    const inside = contained.get(name);
    if (inside) return this.codesOf(inside);
    throw new CannotExpand(`It includes ${name}, which it does not contain.`, 'vs-invalid');
  }

  /** By its definition; by the expansion it was stored with where that is not possible. */
  private async codesOf(valueSet: ValueSet): Promise<CodeSet> {
    const { includes, expansion } = valueSet;
    if (includes.length > 0) {
      try {
        return await this.compose(valueSet);
      } catch (error) {
        if (!(error instanceof CannotExpand) || !expansion) throw error;
      }
    }
    if (expansion) return expansion;
    throw new CannotExpand(
      `The ValueSet ${nameOf(valueSet) || 'that was sent'} has neither a definition nor a complete expansion.`,
    );
  }

  private async compose(valueSet: ValueSet): Promise<CodeSet> {
    const { includes, excludes, activeOnly } = valueSet;
    const parts = [...includes, ...excludes];
    // Each kind with one look at what is stored.
    await this.source.valueSets(parts.flatMap(({ valueSets }) => valueSets.filter((name) => !isInside(name))));
    const filtered = parts.filter(isFiltered);
    await this.source.codeSystems(
      filtered.map((part) => this.nameOf(part)),
      {
        codes: [...this.foreseen, ...filtered.flatMap(codesNamed)],
      },
    );
    const codes = await this.union(includes, { valueSet, path: 'ValueSet.compose.include' });
    const excluded = await this.union(excludes, { valueSet, path: 'ValueSet.compose.exclude' });
    await this.takeByVersion(valueSet, codes, excluded);
    const partial = codes.wholeButFor(excluded);
    const systems = await this.source.codeSystems(partial.map(this.named.canonicalOf));
    for (const [i, name] of partial.entries()) this.list(codes, name, requireComplete(systems[i], name));
    codes.remove(excluded);
    this.isActiveOnly ||= activeOnly;
    if (activeOnly) await this.removeInactive(codes);
    return codes;
  }

  /** Code systems of several versions, of which codes are excluded in each for itself. */
  private async takeByVersion(valueSet: ValueSet, codes: CodeSet, excluded: CodeSet): Promise<void> {
    const { source } = this;
    const reading = { source, nameIn: (part: ValueSetPart) => this.nameOf(part), spend: (n: number) => this.spend(n) };
    for (const system of inSeveralVersions(valueSet, reading.nameIn)) {
      const found = await codesByVersion(system, valueSet, reading);
      this.versioned.set(system, found);
      excluded.drop(system);
      codes.drop(system);
      for (const some of found.values()) codes.add(system, some);
    }
  }

  /** Of code systems that are here; of others nobody knows which are. */
  private async removeInactive(codes: CodeSet): Promise<void> {
    for (const [system, { concepts, selection }] of codes.selections)
      codes.selections.set(system, { concepts, selection: both(selection, { kind: 'active' }) });
    const names = [...codes.wholeSystems, ...codes.codes.keys()];
    const systems = await this.source.codeSystems(names.map(this.named.canonicalOf));
    for (const [i, name] of names.entries()) {
      const system = systems[i];
      if (!system) continue;
      const { stored } = system;
      if (stored) {
        codes.addAll(CodeSet.selected(name, { concepts: stored, selection: none }));
        const { selection } = codes.selections.get(name)!;
        codes.selections.set(name, { concepts: stored, selection: both(selection, { kind: 'active' }) });
        continue;
      }
      if (codes.wholeSystems.has(name)) codes.list(name, requireComplete(system, name).codes());
      const gone = [...(codes.codes.get(name) ?? [])].filter((code) => system.concept(code)?.isInactive);
      this.spend(system.size);
      codes.remove(CodeSet.of(name, gone));
    }
  }

  private list(codes: CodeSet, name: string, system: CodeSystem): void {
    const { stored } = system;
    if (!stored) return codes.list(name, system.codes());
    codes.wholeSystems.delete(name);
    codes.selections.set(name, { concepts: stored, selection: all });
  }

  private async union(parts: readonly ValueSetPart[], { valueSet, path }: Within): Promise<CodeSet> {
    const codes = new CodeSet();
    for (const [i, part] of parts.entries()) {
      const more = await this.part(part, { valueSet, path: `${path}[${i}]` });
      this.spend(more.size);
      codes.addAll(more);
      if (this.work - this.workBefore > workInOneGo) await this.pause();
      if (codes.size > mostOnTheWay) throw new TooCostly(`More than ${mostOnTheWay} codes would have to be listed.`);
    }
    return codes;
  }

  /** Value sets of one part: R4 says both "in all" and "union"; the later releases say that it is in all of them. */
  private async part(part: ValueSetPart, { valueSet, path }: Within): Promise<CodeSet> {
    let codes = await this.ofSystem(part, path);
    for (const name of part.valueSets) {
      const imported = await this.expandWithin(name, valueSet);
      this.spend((codes?.size ?? 0) + imported.size);
      codes = codes ? codes.intersect(imported) : imported;
    }
    if (!codes) throw new CannotExpand('It includes something that names neither a code system nor a value set.');
    return codes;
  }

  private async ofSystem(part: ValueSetPart, path: string): Promise<CodeSet | undefined> {
    const { system, codes, filters } = part;
    if (system === undefined) return undefined;
    if (path.startsWith('ValueSet.compose.include')) this.named.note(part);
    if (codes) return CodeSet.of(system, codes);
    if (filters.length === 0) return CodeSet.whole(system);
    const empty = filters.findIndex(({ value }) => value === '');
    if (empty >= 0) throw emptyFilter(system, filters[empty]!, `${path}.filter[${empty}]`);
    const name = this.nameOf(part);
    const [found] = await this.source.codeSystems([name]);
    const codeSystem = requireComplete(found, name);
    const { stored } = codeSystem;
    if (stored)
      return CodeSet.selected(system, { concepts: stored, selection: await selectConcepts(codeSystem, filters) });
    const expressions = filters.filter(({ op }) => op === 'regex').length;
    this.spend(codeSystem.size * filters.length + workOfExpression * expressions);
    return CodeSet.of(system, filterConcepts(codeSystem, filters));
  }

  private nameOf({ system = '', version }: ValueSetPart): string {
    return canonicalText(system, this.asked.wanted(system, version));
  }

  private async pause(): Promise<void> {
    this.workBefore = this.work;
    await new Promise((resolve) => setImmediate(resolve));
  }

  private spend(work: number): void {
    this.work += 1 + work;
    if (this.work > mostWork) throw new TooCostly(`More than ${mostWork} concepts would have to be compared.`);
  }
}

/** Where a part is: its value set, and the FHIRPath of it there. */
interface Within {
  readonly valueSet: ValueSet;
  readonly path: string;
}

const emptyFilter = (system: string, { property, op }: ConceptFilter, expression: string): CannotExpand =>
  new InvalidValueSet(`The system ${system} filter with property = ${property}, op = ${op} has no value`, expression);

/** The address of something that is contained. */
const isInside = (name: string): boolean => name.startsWith('#');

const none: Selection = { kind: 'codes', codes: [] };

const isFiltered = ({ system, codes, filters }: ValueSetPart): boolean =>
  system !== undefined && !codes && filters.length > 0;

/** Codes that filters compare others with. */
const codesNamed = ({ filters }: ValueSetPart): readonly string[] =>
  filters.flatMap(({ op, value }) => (comparesCodes(op) ? [value] : []));
