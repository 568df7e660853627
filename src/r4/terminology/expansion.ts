import { CannotExpand, TooCostly } from './cannot-expand.js';
import { canonicalText } from './canonical.js';
import { CodeSet } from './code-set.js';
import type { CodeSystem } from './code-system.js';
import type { OfTerminology } from '../search/query/filter.js';
import { filterConcepts, requireCode, requireSubsumption } from './filter-concepts.js';
import { comparesCodes, selectConcepts } from './select-concepts.js';
import { all, both, type Selection } from './selection.js';
import { type Part, textOf } from './read-resource.js';
import type { TerminologySource } from './terminology-source.js';
import { nameOf, type ValueSet, type ValueSetPart } from './value-set.js';

/** Codes that one criterion can come to; whole code systems count as one. */
export const mostCodes = 5000;

/** Codes of all criteria of a request, counted each time they are asked for: a transaction has many conditions. */
export const mostCodesOfRequest = 20_000;

/** Codes on the way there, before some are excluded. */
const mostOnTheWay = 200_000;

/** Concepts that may be looked at for one request; a regular expression counts as many. */
const mostWork = 200_000;
const workOfExpression = 20_000;

/** So many before others get their turn. */
const workInOneGo = 20_000;

/** Value sets that one may import, directly and through others. */
const mostValueSets = 100;

/** Codes of the criteria of one request; throws {@link CannotExpand}, naming the part, for what cannot be listed. */
export class Expansion {
  private readonly done = new Map<string, CodeSet>();
  private readonly open = new Set<string>();
  private readonly versions = new Map<string, string>();
  private work = 0;
  private workBefore = 0;
  private handedOut = 0;

  /** `foreseen`: codes of which it will be asked whether they are members. */
  constructor(
    private readonly source: TerminologySource,
    private readonly foreseen: readonly string[] = [],
  ) {}

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

  /** The version of a code system that a value set has named on the way; undefined: none. */
  versionOf(system: string): string | undefined {
    return this.versions.get(system);
  }

  /** What value sets say of codes that they list, by system and code. */
  readonly said = new Map<string, ReadonlyMap<string, Part>>();

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

  /** Selections are listed: a search compares codes. */
  private async handOut(from: CodeSet): Promise<CodeSet> {
    const codes = await listedCodes(from);
    const { size } = codes;
    if (size > mostCodes) throw new CannotExpand(`These are ${size} codes; a criterion takes ${mostCodes}.`);
    this.handedOut += size;
    if (this.handedOut <= mostCodesOfRequest) return codes;
    throw new CannotExpand(`All criteria of the request together come to more than ${mostCodesOfRequest} codes.`);
  }

  private async expand(name: string): Promise<CodeSet> {
    const known = this.done.get(name);
    if (known) return known;
    if (this.open.has(name)) throw new CannotExpand(`The ValueSet ${name} imports itself.`);
    if (this.done.size + this.open.size >= mostValueSets) {
      throw new CannotExpand(`More than ${mostValueSets} value sets are imported.`);
    }
    const [valueSet] = await this.source.valueSets([name]);
    if (!valueSet) {
      throw new CannotExpand(
        `The ValueSet ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
      );
    }
    this.open.add(name);
    const codes = await this.codesOf(valueSet).finally(() => this.open.delete(name));
    this.done.set(name, codes);
    return codes;
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
    throw new CannotExpand(`The ValueSet ${nameOf(valueSet)} has neither a definition nor a complete expansion.`);
  }

  private async compose({ includes, excludes, activeOnly }: ValueSet): Promise<CodeSet> {
    const parts = [...includes, ...excludes];
    // Each kind with one look at what is stored.
    await this.source.valueSets(parts.flatMap(({ valueSets }) => valueSets));
    const filtered = parts.filter(isFiltered);
    await this.source.codeSystems(filtered.map(systemName), {
      codes: [...this.foreseen, ...filtered.flatMap(codesNamed)],
    });
    const codes = await this.union(includes);
    const excluded = await this.union(excludes);
    const partial = codes.wholeButFor(excluded);
    const systems = await this.source.codeSystems(partial);
    for (const [i, name] of partial.entries()) this.list(codes, name, requireComplete(systems[i], name));
    codes.remove(excluded);
    if (activeOnly) await this.removeInactive(codes);
    return codes;
  }

  /** Of code systems that are here; of others nobody knows which are. */
  private async removeInactive(codes: CodeSet): Promise<void> {
    for (const [system, { concepts, selection }] of codes.selections)
      codes.selections.set(system, { concepts, selection: both(selection, { kind: 'active' }) });
    const names = [...codes.wholeSystems, ...codes.codes.keys()];
    const systems = await this.source.codeSystems(names.map((name) => canonicalText(name, this.versions.get(name))));
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

  private async union(parts: readonly ValueSetPart[]): Promise<CodeSet> {
    const codes = new CodeSet();
    for (const part of parts) {
      const more = await this.part(part);
      this.spend(more.size);
      codes.addAll(more);
      if (this.work - this.workBefore > workInOneGo) await this.pause();
      if (codes.size > mostOnTheWay) throw new TooCostly(`More than ${mostOnTheWay} codes would have to be listed.`);
    }
    return codes;
  }

  /** Value sets of one part: R4 says both "in all" and "union"; the later releases say that it is in all of them. */
  private async part(part: ValueSetPart): Promise<CodeSet> {
    let codes = await this.ofSystem(part);
    for (const name of part.valueSets) {
      const imported = await this.expand(name);
      this.spend((codes?.size ?? 0) + imported.size);
      codes = codes ? codes.intersect(imported) : imported;
    }
    if (!codes) throw new CannotExpand('It includes something that names neither a code system nor a value set.');
    return codes;
  }

  private async ofSystem(part: ValueSetPart): Promise<CodeSet | undefined> {
    const { system, codes, filters } = part;
    if (system === undefined) return undefined;
    this.note(part);
    if (codes) return CodeSet.of(system, codes);
    if (filters.length === 0) return CodeSet.whole(system);
    const name = systemName(part);
    const [found] = await this.source.codeSystems([name]);
    const codeSystem = requireComplete(found, name);
    const { stored } = codeSystem;
    if (stored)
      return CodeSet.selected(system, { concepts: stored, selection: await selectConcepts(codeSystem, filters) });
    const expressions = filters.filter(({ op }) => op === 'regex').length;
    this.spend(codeSystem.size * filters.length + workOfExpression * expressions);
    return CodeSet.of(system, filterConcepts(codeSystem, filters));
  }

  private note({ system = '', version, concepts = [] }: ValueSetPart): void {
    if (version !== undefined) this.versions.set(system, version);
    const told = concepts.filter((one) => one['display'] !== undefined || one['designation'] !== undefined);
    if (told.length === 0) return;
    const entries = told.map((one) => [textOf(one['code']) ?? '', one] as const);
    this.said.set(system, new Map([...(this.said.get(system) ?? []), ...entries]));
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

/** Throws {@link CannotExpand} with the number for more than a criterion takes. */
async function listedCodes(from: CodeSet): Promise<CodeSet> {
  if (from.selections.size === 0) return from;
  const codes = new CodeSet();
  for (const system of from.wholeSystems) codes.wholeSystems.add(system);
  for (const [system, some] of from.codes) codes.add(system, some);
  for (const [system, { concepts, selection }] of from.selections)
    codes.add(system, await concepts.codes(selection, mostCodes));
  return codes;
}

const none: Selection = { kind: 'codes', codes: [] };

const isFiltered = ({ system, codes, filters }: ValueSetPart): boolean =>
  system !== undefined && !codes && filters.length > 0;

/** Codes that filters compare others with. */
const codesNamed = ({ filters }: ValueSetPart): readonly string[] =>
  filters.flatMap(({ op, value }) => (comparesCodes(op) ? [value] : []));

const systemName = ({ system = '', version }: ValueSetPart): string => canonicalText(system, version);

function requireComplete(system: CodeSystem | undefined, name: string): CodeSystem {
  if (!system) {
    throw new CannotExpand(
      `The CodeSystem ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
    );
  }
  if (system.content === 'complete') return system;
  throw new CannotExpand(
    `The content of the CodeSystem ${name} is "${system.content}" here; all of its codes are needed.`,
  );
}
