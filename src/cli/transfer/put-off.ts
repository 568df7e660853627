import {
  type ImportedItem,
  type ImportedResource,
  type ImportFailure,
  isResource,
} from '../../fhir/operations/importing/importer.js';
import { renamed } from '../../fhir/operations/importing/read-resources.js';
import { type JsonObject, writeJson } from '../../r4/json/json.js';

/** Characters of the resources that wait. */
const mostCharacters = 64_000_000;

interface Late {
  readonly resource: ImportedResource;
  readonly failure: ImportFailure;
  readonly characters: number;
}

/** Resources whose references led nowhere: files that come later may have what they name. */
export class PutOff {
  /** `fullUrl` → address, of all Bundles of the import. */
  readonly names = new Map<string, string>();
  private readonly late = new Map<string, Late>();
  private readonly begun: (readonly ImportedItem[])[] = [];
  private characters = 0;

  /** `kept`: addresses in the source → addresses here, where they differ. */
  constructor(private readonly kept: ReadonlyMap<string, string> = new Map()) {}

  /** Groups on their way, whose results come in the same order. */
  async *noting(groups: AsyncIterable<readonly ImportedItem[]>): AsyncGenerator<readonly ImportedItem[]> {
    for await (const items of groups) {
      this.begun.push(items);
      yield items;
    }
  }

  /** Takes the failures of the next result that may not be final, and returns the others. */
  keep(failures: readonly ImportFailure[]): readonly ImportFailure[] {
    // Of two of one id, the later one stays.
    for (const item of this.begun.shift() ?? []) if (isResource(item)) this.drop(item.address);
    return failures.filter((failure) => !this.takes(failure)).map(withoutResource);
  }

  /** Waiting resources, with the names that are known now. */
  take(): { readonly items: readonly ImportedResource[]; readonly characters: number } {
    const { characters } = this;
    const items = [...this.late.values()].map(({ resource }) => ({
      ...resource,
      resource: renamed(renamed(resource.resource, this.names), this.kept) as JsonObject,
    }));
    return { items, characters };
  }

  /** Failures that are final now. */
  rest(): readonly ImportFailure[] {
    return [...this.late.values()].map(({ failure }) => failure);
  }

  private takes(failure: ImportFailure): boolean {
    const { again, issues } = failure;
    if (!again || issues.some(({ code }) => code !== 'not-found')) return false;
    const characters = writeJson(again.resource).length;
    if (this.characters + characters > mostCharacters) return false;
    this.late.set(again.address, { resource: again, failure: withoutResource(failure), characters });
    this.characters += characters;
    return true;
  }

  private drop(address: string): void {
    this.characters -= this.late.get(address)?.characters ?? 0;
    this.late.delete(address);
  }
}

const withoutResource = ({ again: _again, ...failure }: ImportFailure): ImportFailure => failure;
