import { canonicalText } from '../canonical.js';
import { CodeSystem } from '../code-system.js';
import { type Part, textOf } from '../read-resource.js';
import type { Foreseen, TerminologySource } from '../terminology-source.js';
import { readValueSet, type ValueSet } from '../value-set.js';

/** Name of a value set that was sent without a url. */
export const unnamed = 'urn:uuid:the-value-set-that-was-sent';

/** A source in which resources that came with the request go before others. */
export class GivenSource implements TerminologySource {
  private readonly sets = new Map<string, ValueSet>();
  private readonly systems = new Map<string, CodeSystem>();

  constructor(
    private readonly source: TerminologySource,
    given: readonly Part[],
  ) {
    for (const resource of given) {
      const url = textOf(resource['url']) ?? unnamed;
      const version = textOf(resource['version']);
      const names = version === undefined ? [url] : [url, canonicalText(url, version)];
      if (resource['resourceType'] === 'ValueSet') for (const one of names) this.sets.set(one, readValueSet(resource));
      if (resource['resourceType'] === 'CodeSystem')
        for (const one of names) this.systems.set(one, new CodeSystem(resource));
    }
  }

  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    return givenFirst(names, this.sets, (left) => this.source.valueSets(left));
  }

  codeSystems(names: readonly string[], foreseen?: Foreseen): Promise<readonly (CodeSystem | undefined)[]> {
    return givenFirst(names, this.systems, (left) => this.source.codeSystems(left, foreseen));
  }
}

async function givenFirst<T>(
  names: readonly string[],
  given: ReadonlyMap<string, T>,
  others: (names: readonly string[]) => Promise<readonly (T | undefined)[]>,
): Promise<readonly (T | undefined)[]> {
  const left = names.filter((name) => !given.has(name));
  const found = left.length === 0 ? [] : await others(left);
  const rest = new Map(left.map((name, i) => [name, found[i]]));
  return names.map((name) => given.get(name) ?? rest.get(name));
}
