import { GrowingNumbers } from './close-hierarchy.js';

/** Numbers of the concepts of a load by their code, and the links between them, which may name codes that come later or never. */
export class ConceptNumbers {
  private readonly names = new Map<string, number>();
  /** Number of the concept by the number of its name; 0: none has come. */
  private readonly concepts = new GrowingNumbers();
  private readonly children = new GrowingNumbers();
  private readonly parents = new GrowingNumbers();

  /** False: there is a concept with the code. */
  add(code: string, concept: number): boolean {
    const name = this.nameOf(code);
    if (this.concepts.at(name) !== 0) return false;
    this.concepts.set(name, concept);
    return true;
  }

  link(child: string, parent: string): void {
    this.children.push(this.nameOf(child));
    this.parents.push(this.nameOf(parent));
  }

  /** The links between concepts that have come, as their numbers, and how many lead to other codes. */
  links(): { readonly children: Int32Array; readonly parents: Int32Array; readonly leadingNowhere: LeadingNowhere } {
    const [children, parents] = [new GrowingNumbers(), new GrowingNumbers()];
    for (let i = 0; i < this.children.length; i++) {
      const [child, parent] = [this.concepts.at(this.children.at(i)), this.concepts.at(this.parents.at(i))];
      if (child === 0 || parent === 0) continue;
      children.push(child);
      parents.push(parent);
    }
    const count = this.children.length - children.length;
    return { children: children.slice(), parents: parents.slice(), leadingNowhere: { count, example: this.unknown() } };
  }

  /** Codes of some concepts, by their number. */
  codesOf(concepts: readonly number[]): ReadonlyMap<number, string> {
    const wanted = new Set(concepts);
    const found = new Map<number, string>();
    for (const [code, name] of this.names) {
      const concept = this.concepts.at(name);
      if (wanted.has(concept)) found.set(concept, code);
    }
    return found;
  }

  private unknown(): string | undefined {
    let least: string | undefined;
    for (const [code, name] of this.names)
      if (this.concepts.at(name) === 0 && (least === undefined || code < least)) least = code;
    return least;
  }

  private nameOf(code: string): number {
    const known = this.names.get(code);
    if (known !== undefined) return known;
    this.names.set(code, this.concepts.length);
    this.concepts.push(0);
    return this.concepts.length - 1;
  }
}

/** Links of a hierarchy to codes that the release does not have, with one of them. */
export interface LeadingNowhere {
  readonly count: number;
  readonly example: string | undefined;
}
