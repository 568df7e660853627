import { LRUCache } from 'lru-cache';
import { callPart } from '../../../observability/call-part.js';
import { isObject } from '../../../r4/json/json.js';
import { parseCanonical } from '../../../r4/terminology/canonical.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import { TerminologyUnavailable } from '../../terminology-servers/terminology-unavailable.js';
import type { TerminologyProvider } from './terminology-provider.js';

const mostKept = 500;
const keptForMs = 5 * 60_000;
/** A value set that was missing is asked for again after this time. */
const missingForMs = 30_000;

type Type = 'ValueSet' | 'CodeSystem';

/** The source of the application, asked once for each canonical while its answer is remembered. */
export class TerminologyElsewhere {
  private madeKept: LRUCache<string, { readonly resource: Part | undefined }> | undefined;

  constructor(private readonly provider: TerminologyProvider) {}

  /** In the order of the names; throws {@link TerminologyUnavailable}. */
  async find(type: Type, names: readonly string[]): Promise<readonly (Part | undefined)[]> {
    const unknown = [...new Set(names)].filter((name) => !this.kept.has(`${type} ${name}`));
    const asked = unknown.length === 0 ? [] : await this.ask(type, unknown);
    const found = new Map(unknown.map((name, i) => [name, asked[i]]));
    for (const [name, resource] of found)
      this.kept.set(`${type} ${name}`, { resource }, resource ? {} : { ttl: missingForMs });
    return names.map((name) => (found.has(name) ? found.get(name) : this.kept.get(`${type} ${name}`)?.resource));
  }

  private async ask(type: Type, names: readonly string[]): Promise<readonly (Part | undefined)[]> {
    const { name, timeout } = this.provider;
    const called = { part: `TERMINOLOGY ${name}`, timeout };
    try {
      return await callPart(
        called,
        () => this.provider.find(type, names),
        (answer) => resourcesOf(answer, type, names),
      );
    } catch {
      throw new TerminologyUnavailable(name);
    }
  }

  private get kept(): LRUCache<string, { readonly resource: Part | undefined }> {
    return (this.madeKept ??= new LRUCache({
      max: mostKept,
      ttl: keptForMs,
    }));
  }
}

/** Throws for what is no answer: a definition of something else must not count. */
function resourcesOf(answer: readonly unknown[], type: Type, names: readonly string[]): readonly (Part | undefined)[] {
  if (!Array.isArray(answer) || answer.length !== names.length)
    throw new Error('as many answers as names are expected');
  return answer.map((resource: unknown, i) => {
    if (resource === undefined) return undefined;
    const { url, version } = parseCanonical(names[i]!);
    const isIt =
      isObject(resource as never) &&
      (resource as Part)['resourceType'] === type &&
      (resource as Part)['url'] === url &&
      (version === undefined || (resource as Part)['version'] === version);
    if (!isIt) throw new Error(`the answer for a ${type} is another one`);
    return resource as Part;
  });
}
