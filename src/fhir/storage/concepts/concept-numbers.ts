import { GrowingNumbers } from './close-hierarchy.js';
import { InvalidRelease } from './release-concept.js';

/** Code of a concept of a release, and the codes right above and below it. */
export interface OutlinedConcept {
  readonly code: string;
  readonly parents?: readonly string[];
  readonly children?: readonly string[];
}

/** Codes of the concepts of a release and the links between them. Concepts are numbers from 1 in the order of the codes. */
export interface Outline {
  readonly codes: readonly string[];
  /** Each link leads from `children[i]` to `parents[i]`. */
  readonly children: Int32Array;
  readonly parents: Int32Array;
  readonly leadingNowhere: LeadingNowhere;
}

/** Links of a hierarchy to codes that the release does not have, with one of them. */
export interface LeadingNowhere {
  readonly count: number;
  readonly example: string | undefined;
}

/** The outline of concepts that are told one after the other; links may name codes that come later or never. Throws {@link InvalidRelease}. */
export async function outlineOf(concepts: AsyncIterable<Iterable<OutlinedConcept>>): Promise<Outline> {
  const numbers = new ConceptNumbers();
  for await (const some of concepts) for (const concept of some) numbers.add(concept);
  return numbers.outline();
}

class ConceptNumbers {
  private readonly codes: string[] = [];
  private readonly names = new Map<string, number>();
  /** Number of the concept by the number of its name; 0: none has come. */
  private readonly concepts = new GrowingNumbers();
  private readonly children = new GrowingNumbers();
  private readonly parents = new GrowingNumbers();

  add({ code, parents = [], children = [] }: OutlinedConcept): void {
    const name = this.nameOf(code);
    if (this.concepts.at(name) !== 0)
      throw new InvalidRelease(`has the code ${JSON.stringify(code)} twice. Take one of them out.`);
    this.concepts.set(name, this.codes.push(code));
    for (const parent of parents) this.link(name, this.nameOf(parent));
    for (const child of children) this.link(this.nameOf(child), name);
  }

  outline(): Outline {
    const [children, parents] = [new GrowingNumbers(), new GrowingNumbers()];
    for (let i = 0; i < this.children.length; i++) {
      const [child, parent] = [this.concepts.at(this.children.at(i)), this.concepts.at(this.parents.at(i))];
      if (child === 0 || parent === 0) continue;
      children.push(child);
      parents.push(parent);
    }
    const count = this.children.length - children.length;
    const leadingNowhere = { count, example: count === 0 ? undefined : this.unknown() };
    return { codes: this.codes, children: children.slice(), parents: parents.slice(), leadingNowhere };
  }

  private unknown(): string | undefined {
    let least: string | undefined;
    for (const [code, name] of this.names)
      if (this.concepts.at(name) === 0 && (least === undefined || code < least)) least = code;
    return least;
  }

  private link(child: number, parent: number): void {
    this.children.push(child);
    this.parents.push(parent);
  }

  private nameOf(code: string): number {
    const known = this.names.get(code);
    if (known !== undefined) return known;
    this.names.set(code, this.concepts.length);
    this.concepts.push(0);
    return this.concepts.length - 1;
  }
}
