import { all, both as bothOf, either, not, type Selection } from '../../search/query/concept-selection.js';
import type { StoredConcepts } from '../code-systems/stored-concepts.js';

const none: Selection = { kind: 'codes', codes: [] };

/** Concepts of a code system that is not in memory. */
export interface Selected {
  readonly concepts: StoredConcepts;
  readonly selection: Selection;
}

/** Codes of code systems, code systems of which every code belongs, and selections of those that are not in memory. */
export class CodeSet {
  readonly wholeSystems = new Set<string>();
  readonly codes = new Map<string, Set<string>>();
  /** By system, which then has neither codes nor the whole. */
  readonly selections = new Map<string, Selected>();

  static of(system: string, codes: Iterable<string>): CodeSet {
    const set = new CodeSet();
    set.add(system, codes);
    return set;
  }

  static selected(system: string, selected: Selected): CodeSet {
    const set = new CodeSet();
    set.selections.set(system, selected);
    return set;
  }

  static whole(system: string): CodeSet {
    const set = new CodeSet();
    set.wholeSystems.add(system);
    return set;
  }

  /** Without those of selections, which have to be counted. */
  get size(): number {
    let size = this.wholeSystems.size;
    for (const codes of this.codes.values()) size += codes.size;
    return size;
  }

  add(system: string, codes: Iterable<string>): void {
    const known = this.codes.get(system) ?? new Set();
    for (const code of codes) known.add(code);
    this.codes.set(system, known);
  }

  addAll(other: CodeSet): void {
    const selected = this.lift(other, (one, more) => either(one, more));
    for (const system of other.wholeSystems) if (!selected.has(system)) this.wholeSystems.add(system);
    for (const [system, codes] of other.codes) if (!selected.has(system)) this.add(system, codes);
  }

  /** Returns the codes that are in both sets. */
  intersect(other: CodeSet): CodeSet {
    const both = new CodeSet();
    this.intersectSelections(other, both);
    for (const system of this.wholeSystems) {
      if (both.selections.has(system)) continue;
      if (other.wholeSystems.has(system)) both.wholeSystems.add(system);
      else both.add(system, other.codes.get(system) ?? []);
    }
    for (const [system, codes] of this.codes) {
      if (both.selections.has(system)) continue;
      both.add(
        system,
        [...codes].filter((code) => other.holds(system, code)),
      );
    }
    return both;
  }

  /** Systems of which only some codes go, so that the others have to be listed before. */
  wholeButFor(other: CodeSet): readonly string[] {
    return [...this.wholeSystems].filter(
      (system) => !other.selections.has(system) && !other.wholeSystems.has(system) && other.codes.get(system)?.size,
    );
  }

  /** Takes out what is in the other, once {@link wholeButFor} has been listed. */
  remove(other: CodeSet): void {
    const selected = this.lift(other, (one, gone) => bothOf(one, not(gone)));
    for (const system of other.wholeSystems) {
      if (selected.has(system)) continue;
      this.wholeSystems.delete(system);
      this.codes.delete(system);
    }
    for (const [system, codes] of other.codes) for (const code of codes) this.codes.get(system)?.delete(code);
  }

  /** Forgets a system. */
  drop(system: string): void {
    this.wholeSystems.delete(system);
    this.codes.delete(system);
    this.selections.delete(system);
  }

  /** Puts the codes of a system in the place of the whole. */
  list(system: string, codes: Iterable<string>): void {
    this.wholeSystems.delete(system);
    this.add(system, codes);
  }

  /** The selection of the set in one system; undefined: nothing. */
  private selectionOf(system: string): Selection | undefined {
    const selected = this.selections.get(system);
    if (selected) return selected.selection;
    if (this.wholeSystems.has(system)) return all;
    const codes = this.codes.get(system);
    return codes && codes.size > 0 ? { kind: 'codes', codes: [...codes] } : undefined;
  }

  private intersectSelections(other: CodeSet, both: CodeSet): void {
    for (const system of new Set([...this.selections.keys(), ...other.selections.keys()])) {
      const [one, more] = [this.selectionOf(system) ?? none, other.selectionOf(system) ?? none];
      const { concepts } = this.selections.get(system) ?? other.selections.get(system)!;
      both.selections.set(system, { concepts, selection: bothOf(one, more) });
    }
  }

  /** Combines what both have of systems of which one has a selection; returns these systems. */
  private lift(other: CodeSet, combine: (one: Selection, more: Selection) => Selection): ReadonlySet<string> {
    const systems = new Set([...this.selections.keys(), ...other.selections.keys()]);
    for (const system of systems) {
      const [one, more] = [this.selectionOf(system), other.selectionOf(system)];
      const { concepts } = this.selections.get(system) ?? other.selections.get(system)!;
      if (more === undefined) continue;
      const selection = combine(one ?? none, more);
      this.wholeSystems.delete(system);
      this.codes.delete(system);
      this.selections.set(system, { concepts, selection });
    }
    return systems;
  }

  private holds(system: string, code: string): boolean {
    return this.wholeSystems.has(system) || this.codes.get(system)?.has(code) === true;
  }
}
