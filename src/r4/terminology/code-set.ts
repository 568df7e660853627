/** Codes of code systems, and code systems of which every code belongs. */
export class CodeSet {
  readonly wholeSystems = new Set<string>();
  readonly codes = new Map<string, Set<string>>();

  static of(system: string, codes: Iterable<string>): CodeSet {
    const set = new CodeSet();
    set.add(system, codes);
    return set;
  }

  static whole(system: string): CodeSet {
    const set = new CodeSet();
    set.wholeSystems.add(system);
    return set;
  }

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
    for (const system of other.wholeSystems) this.wholeSystems.add(system);
    for (const [system, codes] of other.codes) this.add(system, codes);
  }

  /** Returns the codes that are in both sets. */
  intersect(other: CodeSet): CodeSet {
    const both = new CodeSet();
    for (const system of this.wholeSystems) {
      if (other.wholeSystems.has(system)) both.wholeSystems.add(system);
      else both.add(system, other.codes.get(system) ?? []);
    }
    for (const [system, codes] of this.codes) {
      both.add(
        system,
        [...codes].filter((code) => other.holds(system, code)),
      );
    }
    return both;
  }

  /** Systems of which only some codes go, so that the others have to be listed before. */
  wholeButFor(other: CodeSet): readonly string[] {
    return [...this.wholeSystems].filter((system) => !other.wholeSystems.has(system) && other.codes.get(system)?.size);
  }

  /** Takes out what is in the other, once {@link wholeButFor} has been listed. */
  remove(other: CodeSet): void {
    for (const system of other.wholeSystems) {
      this.wholeSystems.delete(system);
      this.codes.delete(system);
    }
    for (const [system, codes] of other.codes) for (const code of codes) this.codes.get(system)?.delete(code);
  }

  /** Puts the codes of a system in the place of the whole. */
  list(system: string, codes: Iterable<string>): void {
    this.wholeSystems.delete(system);
    this.add(system, codes);
  }

  private holds(system: string, code: string): boolean {
    return this.wholeSystems.has(system) || this.codes.get(system)?.has(code) === true;
  }
}
