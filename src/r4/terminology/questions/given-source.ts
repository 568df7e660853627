import { parseCanonical } from '../canonical.js';
import { CodeSystem } from '../code-systems/code-system.js';
import { type Part, textOf } from '../read-resource.js';
import { newestVersion } from '../system-versions.js';
import type { Foreseen, TerminologySource } from '../terminology-source.js';
import { readValueSet, type ValueSet } from '../value-sets/value-set.js';

/** Name of a value set that was sent without a url. */
export const unnamed = 'urn:uuid:the-value-set-that-was-sent';

/** A source in which resources that came with the request go before others. */
export class GivenSource implements TerminologySource {
  private readonly sets = new Versions<ValueSet>();
  private readonly systems = new Versions<CodeSystem>();

  constructor(
    private readonly source: TerminologySource,
    given: readonly Part[],
  ) {
    for (const resource of given) {
      const url = textOf(resource['url']) ?? unnamed;
      if (resource['resourceType'] === 'ValueSet') this.sets.add(url, readValueSet(resource));
      if (resource['resourceType'] === 'CodeSystem') this.systems.add(url, new CodeSystem(resource));
    }
  }

  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    return givenFirst(names, this.sets, (left) => this.source.valueSets(left));
  }

  codeSystems(names: readonly string[], foreseen?: Foreseen): Promise<readonly (CodeSystem | undefined)[]> {
    return givenFirst(names, this.systems, (left) => this.source.codeSystems(left, foreseen));
  }

  /** Versions of a code system that were sent, and the newest of others. */
  readonly versionsOf = async (url: string): Promise<readonly string[]> => {
    const [other] = await this.source.codeSystems([url]);
    const known = this.systems.versionsOf(url);
    return other?.version === undefined ? known : [...new Set([...known, other.version])];
  };
}

/** Definitions by url and version. */
class Versions<T extends { readonly version: string | undefined }> {
  private readonly byUrl = new Map<string, Map<string, T>>();

  add(url: string, one: T): void {
    const known = this.byUrl.get(url) ?? new Map<string, T>();
    known.set(one.version ?? '', one);
    this.byUrl.set(url, known);
  }

  versionsOf(url: string): readonly string[] {
    return [...(this.byUrl.get(url)?.keys() ?? [])].filter((version) => version !== '');
  }

  /** The newest that the version, or pattern of versions, of a canonical takes. */
  find(name: string): T | undefined {
    const { url, version } = parseCanonical(name);
    const known = this.byUrl.get(url);
    const found = known && newestVersion(known.keys(), version);
    return found === undefined ? undefined : known!.get(found);
  }
}

async function givenFirst<T extends { readonly version: string | undefined }>(
  names: readonly string[],
  given: Versions<T>,
  others: (names: readonly string[]) => Promise<readonly (T | undefined)[]>,
): Promise<readonly (T | undefined)[]> {
  const left = names.filter((name) => !given.find(name));
  const found = left.length === 0 ? [] : await others(left);
  const rest = new Map(left.map((name, i) => [name, found[i]]));
  return names.map((name) => given.find(name) ?? rest.get(name));
}
