import { readDefinitions } from '../model/definitions.js';
import { parseCanonical } from './canonical.js';
import { CodeSystem } from './code-systems/code-system.js';
import { readValueSet, type ValueSet } from './value-sets/value-set.js';
import type { Part } from './read-resource.js';

/** The definitions of one kind that R4 has, each read when it is asked for. */
class Definitions<T extends { readonly version: string | undefined }> {
  private byUrl: Readonly<Record<string, Part>> | undefined;
  private readonly read = new Map<string, T>();

  constructor(
    private readonly file: string,
    private readonly make: (resource: Part) => T,
  ) {}

  /** By a canonical with or without version. */
  find(canonical: string): T | undefined {
    const { url, version } = parseCanonical(canonical);
    const found = this.read.get(url) ?? this.load(url);
    return version === undefined || found?.version === version ? found : undefined;
  }

  /** Their urls, with the version. */
  *list(): Generator<{ readonly url: string; readonly version: string | undefined }> {
    this.byUrl ??= readDefinitions(this.file) as Readonly<Record<string, Part>>;
    for (const [url, { version }] of Object.entries(this.byUrl))
      yield { url, version: typeof version === 'string' ? version : undefined };
  }

  /** As a resource: what the compact file has of it. */
  resource(url: string): Part | undefined {
    this.byUrl ??= readDefinitions(this.file) as Readonly<Record<string, Part>>;
    return Object.hasOwn(this.byUrl, url) ? { ...this.byUrl[url], url } : undefined;
  }

  private load(url: string): T | undefined {
    const resource = this.resource(url);
    const made = resource && this.make(resource);
    if (made) this.read.set(url, made);
    return made;
  }
}

/** All code systems whose codes the publication of R4 has. */
export const builtInCodeSystems = new Definitions<CodeSystem>(
  'code-systems.json',
  (resource) => new CodeSystem({ ...resource, content: 'complete' }),
);

/** The value sets of R4, by their definition. */
export const builtInValueSets = new Definitions<ValueSet>('value-set-definitions.json', readValueSet);
