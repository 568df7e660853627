import { createHash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { type ImportedItem, type ImportedResource, isResource } from '../../fhir/operations/importing/importer.js';
import type { ReadItems } from '../../fhir/operations/importing/import-groups.js';
import { renamed } from '../../fhir/operations/importing/read-resources.js';
import { SearchHooks } from '../../fhir/hooks/search-hooks.js';
import { AnswerBudget } from '../../fhir/interactions/answer-budget.js';
import { SearchInteraction } from '../../fhir/interactions/search/search.interaction.js';
import { searchRows } from '../../fhir/interactions/search/search-rows.js';
import { Terminology } from '../../fhir/interactions/terminology/terminology.js';
import { ResourceRepository } from '../../fhir/storage/resource.repository.js';
import { each, textOf } from '../../r4/json/items.js';
import { isObject, type JsonObject, parseJson } from '../../r4/json/json.js';
import type { RequestContext } from '../../scope/request-context.js';
import { CommandFailed } from '../command-failed.js';

/** Resources with identifiers of one import: each is known until its end. */
const mostKnown = 1_000_000;
/** Resources that are looked for in one search, and matches of one. */
const atOnce = 100;
const mostMatches = 1000;

interface Identified {
  readonly item: ImportedResource;
  readonly type: string;
  /** `system|value` of the first identifier that has both. */
  readonly identifier: string;
}

/** Finds which ids of this server the resources of an import have, by their identifiers (https://hl7.org/fhir/R4/http.html#cond-update). */
export class KeptIds {
  /** Address in the source → address here, where they differ. */
  readonly addresses = new Map<string, string>();
  /** Why a resource is not stored, by its address in the source. */
  private readonly refused = new Map<string, string>();
  /** Type and identifier → address in the source, of all that was read. */
  private readonly known = new Map<string, string>();
  private waiting: Identified[] = [];

  constructor(
    private readonly app: Pick<INestApplicationContext, 'get'>,
    private readonly context: () => Promise<RequestContext>,
  ) {}

  /** Looks for all resources of a file. */
  async note(read: AsyncIterable<ReadItems>): Promise<void> {
    for await (const { items } of read) {
      for (const item of items) {
        this.wait(item);
        if (this.waiting.length >= atOnce) await this.look();
      }
    }
    await this.look();
  }

  /** The resource with the ids and references of this server. */
  async *of(read: AsyncIterable<ReadItems>): AsyncGenerator<ReadItems> {
    for await (const { items, characters } of read) yield { items: items.map((item) => this.kept(item)), characters };
  }

  private kept(item: ImportedItem): ImportedItem {
    if (!isResource(item) || this.addresses.size + this.refused.size === 0) return item;
    const { place, address: before } = item;
    const diagnostics = this.refused.get(before);
    if (diagnostics !== undefined)
      return { place, issues: [{ severity: 'error', code: 'multiple-matches', diagnostics }] };
    const address = this.addresses.get(before) ?? before;
    const resource = { ...(renamed(item.resource, this.addresses) as JsonObject), id: address.split('/')[1]! };
    return { ...item, address, resource };
  }

  private wait(item: ImportedItem): void {
    if (!isResource(item)) return;
    const [type = ''] = item.address.split('/', 1);
    const identifier = firstIdentifier(item.resource);
    if (identifier === undefined || !this.isSearchable(type)) return;
    const key = `${type}?${identifier}`;
    const other = this.known.get(key);
    if (other === item.address) return;
    if (other !== undefined) {
      this.refused.set(
        item.address,
        `It has the identifier ${identifier}, and so has ${other} of this import: each has to lead to one ${type}.`,
      );
      return;
    }
    if (this.known.size >= mostKnown)
      throw new CommandFailed([
        `--conditional takes ${mostKnown} resources with identifiers at once. Import the files in several parts.`,
      ]);
    this.known.set(key, item.address);
    this.waiting.push({ item, type, identifier });
  }

  private isSearchable(type: string): boolean {
    return this.app.get(SearchInteraction).parameters.find(type, 'identifier') !== undefined;
  }

  private async look(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    for (const type of new Set(waiting.map((one) => one.type)))
      await this.lookForAll(
        type,
        waiting.filter((one) => one.type === type),
      );
  }

  private async lookForAll(type: string, wanted: readonly Identified[]): Promise<void> {
    const found = await this.found(
      type,
      'identifier',
      wanted.map(({ identifier }) => identifier),
    );
    const ids = new Map<string, string[]>();
    for (const resource of found)
      for (const identifier of identifiersOf(resource))
        ids.set(identifier, [...(ids.get(identifier) ?? []), textOf(resource['id'])]);
    const unmatched: Identified[] = [];
    for (const one of wanted) {
      const [id, ...others] = new Set(ids.get(one.identifier));
      if (id === undefined) unmatched.push(one);
      else if (others.length === 0) this.keep(one, id);
      else
        this.refused.set(
          one.item.address,
          `The identifier ${one.identifier} is that of ${1 + others.length} resources here (${type}/${id}, ${type}/${others[0]!}): it has to lead to one.`,
        );
    }
    await this.lookForIds(type, unmatched);
  }

  /** Keeps the ids of the source, unless here they are those of others. */
  private async lookForIds(type: string, wanted: readonly Identified[]): Promise<void> {
    const found = await this.found(
      type,
      '_id',
      wanted.map(({ item }) => idOf(item)),
    );
    const taken = new Set(found.map(({ id }) => textOf(id)));
    for (const one of wanted) if (taken.has(idOf(one.item))) this.keep(one, madeId(`${type}?${one.identifier}`));
  }

  private keep({ item, type }: Identified, id: string): void {
    if (id !== idOf(item)) this.addresses.set(item.address, `${type}/${id}`);
  }

  /** Current resources with one of the values; of more than one search finds, in halves. */
  private async found(type: string, parameter: string, values: readonly string[]): Promise<readonly JsonObject[]> {
    if (values.length === 0) return [];
    const means = {
      hooks: this.app.get(SearchHooks),
      terminology: this.app.get(Terminology),
      resources: this.app.get(ResourceRepository),
    };
    const query = new URLSearchParams({ [parameter]: values.map(escaped).join(',') }).toString();
    const budget = new AnswerBudget({ responseLimit: mostBytes, statementTimeout: 0 });
    const request = { context: await this.context(), budget, most: mostMatches };
    const { rows, hasMore } = await searchRows(means, this.app.get(SearchInteraction), { type, query }, request);
    if (!hasMore || values.length === 1) return rows.map(({ body }) => parseJson(body) as JsonObject);
    const half = Math.ceil(values.length / 2);
    return [
      ...(await this.found(type, parameter, values.slice(0, half))),
      ...(await this.found(type, parameter, values.slice(half))),
    ];
  }
}

/** Bytes of the matches of one search. */
const mostBytes = 64_000_000;

const idOf = ({ address }: ImportedResource): string => address.split('/')[1]!;

const firstIdentifier = (resource: JsonObject): string | undefined => identifiersOf(resource)[0];

/** `system|value` of the identifiers that have both. */
const identifiersOf = (resource: JsonObject): readonly string[] =>
  each(resource['identifier'])
    .filter(isObject)
    .map(({ system, value }) => [textOf(system), textOf(value)] as const)
    .filter((parts) => parts.every((part) => part !== ''))
    .map((parts) => parts.join('|'));

/** An id, or `system|value`, where the value may have bars of its own. */
const escaped = (text: string): string => text.replace(/[\\,$]|(?<=\|.*)\|/g, '\\$&');

/** An id that follows from the identifier: whoever imports it twice has it once. */
const madeId = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);
