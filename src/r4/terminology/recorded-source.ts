import { CodeSystem } from './code-systems/code-system.js';
import type { Foreseen, TerminologySource } from './terminology-source.js';
import type { ValueSet } from './value-sets/value-set.js';

type Kind = 'valueSets' | 'codeSystems';

/** Number of the definition that each name meant; no definition is kept in memory for that. */
export type Meant = Readonly<Record<Kind, ReadonlyMap<string, number>>>;

/** A source that keeps in mind what it was asked for: what an expansion was made of. */
export class RecordedSource implements TerminologySource {
  readonly meant = { valueSets: new Map<string, number>(), codeSystems: new Map<string, number>() };

  constructor(private readonly source: TerminologySource) {}

  async valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    return this.keep('valueSets', names, await this.source.valueSets(names));
  }

  async codeSystems(names: readonly string[], foreseen?: Foreseen): Promise<readonly (CodeSystem | undefined)[]> {
    return this.keep('codeSystems', names, await this.source.codeSystems(names, foreseen));
  }

  private keep<T extends object>(kind: Kind, names: readonly string[], found: readonly (T | undefined)[]) {
    for (const [i, name] of names.entries()) this.meant[kind].set(name, numberOf(found[i]));
    return found;
  }
}

/** Returns true for each whose names still mean the same definitions; one that was read anew counts as another. */
export async function meanTheSame(all: readonly Meant[], source: TerminologySource): Promise<readonly boolean[]> {
  const now = new RecordedSource(source);
  // Each kind with one look at what is stored.
  for (const kind of ['valueSets', 'codeSystems'] as const)
    await now[kind]([...new Set(all.flatMap((meant) => [...meant[kind].keys()]))]);
  return all.map(
    (meant) => isWithin(meant.valueSets, now.meant.valueSets) && isWithin(meant.codeSystems, now.meant.codeSystems),
  );
}

const isWithin = (some: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>): boolean =>
  [...some].every(([name, number]) => all.get(name) === number);

const numbers = new WeakMap<object, number>();
let last = 0;

function numberOf(found: object | undefined): number {
  if (!found) return 0;
  const definition = found instanceof CodeSystem ? found.origin : found;
  let number = numbers.get(definition);
  if (number === undefined) numbers.set(definition, (number = ++last));
  return number;
}
