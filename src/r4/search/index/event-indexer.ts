import type { Json, JsonObject } from '../../json/json.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { parseDateInterval } from '../values/date-interval.js';
import { isOfR4 } from '../parameters/search-parameters.js';
import { anyId, EntryCollector, type EntityTemplate, type Gapped, templateOf } from './entity-template.js';
import { localReferenceParameter } from './index-references.js';
import { unitSeparator } from './index-values.js';
import { mergeIndex, type ParameterValues } from './merge-index.js';
import { ResourceIndexer } from './resource-indexer.js';
import { hashOnce, hashToken } from './token-hash.js';

const typeOfEvent = { resourceType: 'AuditEvent' };

/** What entities have of their own; ids are in the form of R4. */
export interface EntityIds {
  /** Those whose records entities are. */
  readonly patients: readonly string[];
  readonly versions: readonly { readonly type: string; readonly id: string }[];
  readonly object: { readonly name: string } | undefined;
  readonly requestId: string | undefined;
}

/** Elements of an AuditEvent that are indexed apart from each other and from the time; `head` has the others. */
type Part = 'entity' | 'head';

const nothing: ParameterValues = {
  tokens: [],
  grams: [],
  values: [],
  ranges: [],
  sortNumbers: [],
  sortTexts: [],
  compartments: [],
};

/**
 * Indexes AuditEvents of this server by their parts, so that those that events share are indexed once. That holds for
 * parameters of R4, which look at one element at a time; where others were added, each event has to be indexed whole.
 */
export class EventIndexer {
  private readonly byPart: Readonly<Record<Part, ResourceIndexer>>;
  /** Codes of the parameters that look at the time. */
  private readonly dates: readonly string[];
  private readonly byType = new Map<string, readonly Gapped[] | undefined>();
  private readonly ofRequests: readonly Gapped[] | undefined;

  /** Undefined where another parameter than those of R4 looks at AuditEvents. */
  static of(whole: ResourceIndexer): EventIndexer | undefined {
    const parameters = [...whole.parameters.toIndex('AuditEvent').values()];
    const isByParts = parameters.every((one) => one.expression === undefined || isOfR4(one));
    return isByParts ? new EventIndexer(whole, parameters) : undefined;
  }

  private constructor(whole: ResourceIndexer, parameters: readonly SearchParameter[]) {
    const lookingAt = (element: string) =>
      parameters.filter(({ expression }) => expression?.includes(`AuditEvent.${element}`));
    this.byPart = { entity: indexerOf(whole, lookingAt('entity')), head: whole };
    this.dates = lookingAt('recorded').map(({ code }) => code);
    this.ofRequests = this.hashesOf({ identifier: { value: anyId } }, madeOfRequest);
  }

  head(head: JsonObject): ParameterValues {
    return this.byPart.head.indexParameters({ ...typeOfEvent, ...head });
  }

  /** Of an instant. */
  recorded(recorded: string): ParameterValues {
    const { low, high } = parseDateInterval(recorded, this.byPart.head.settings.timeZone)!;
    return {
      ...nothing,
      ranges: this.dates.map((parameter) => ({ parameter, low, high })),
      sortNumbers: this.dates.map((parameter) => ({ parameter, low, high: low })),
    };
  }

  /** Of these elements of entities alone. */
  kinds(entities: readonly JsonObject[]): ParameterValues {
    return this.entities(entities.map(({ type, role }) => ({ ...(type && { type }), ...(role && { role }) })));
  }

  /**
   * Of what entities have beside their kind and the database does not make: hashes, and what names of objects give. Undefined where the
   * database would make something else than R4's parameters find (`lanyard_event_entries`, `lanyard_event_keys`).
   */
  notMade({ patients, versions, object, requestId }: EntityIds): ParameterValues | undefined {
    if (this.dates.join() !== 'date') return undefined;
    const tokens = new Set<string>();
    const named = new Map<string, readonly [type: string, id: string]>();
    for (const id of patients) named.set(`Patient/${id}`, ['Patient', id]);
    for (const { type, id } of versions) named.set(`${type}/${id}`, [type, id]);
    for (const [type, id] of named.values())
      if (!addHashes(tokens, this.ofReferences(type), (before, after) => hashToken(before + id + after)))
        return undefined;
    const ofRequest = (before: string, after: string) => hashOnce(before + requestId! + after);
    if (requestId !== undefined && !addHashes(tokens, this.ofRequests, ofRequest)) return undefined;
    const own = { ...nothing, tokens: [...tokens], compartments: patients.map((id) => `Patient/${id}`) };
    return object ? mergeIndex([own, this.entities([{ name: object.name }])]) : own;
  }

  private ofReferences(type: string): readonly Gapped[] | undefined {
    if (!this.byType.has(type))
      this.byType.set(
        type,
        this.hashesOf({ reference: `${type}/${anyId}` }, madeOfReference(type, this.byPart.head.readsReferences)),
      );
    return this.byType.get(type);
  }

  /** Entries of which AuditEvents in the short form have hashes. */
  private hashesOf(what: JsonObject, made: Made): readonly Gapped[] | undefined {
    const indexer = this.byPart.entity;
    const event = { ...typeOfEvent, entity: [{ what }] };
    const collector = new EntryCollector(event, indexer.settings);
    const found = templateOf(collector, indexer.indexParameters(event, collector));
    return isMade(found, made) ? found.hashed.filter(([before, after]) => !hasNoHash(before, after, what)) : undefined;
  }

  entities(entity: readonly Json[]): ParameterValues {
    return this.byPart.entity.indexParameters({ ...typeOfEvent, entity });
  }
}

/** False where there is nothing to fill in, since the database would make something else. */
function addHashes(
  tokens: Set<string>,
  hashed: readonly Gapped[] | undefined,
  hash: (before: string, after: string) => string,
): boolean {
  for (const [before, after] of hashed ?? []) tokens.add(hash(before, after));
  return hashed !== undefined;
}

/** Entries and sort keys of texts that the database makes of an entity. */
interface Made {
  readonly values: readonly string[];
  readonly sorted: readonly string[];
}

const madeOfRequest: Made = { values: [`entity:identifier${unitSeparator}${anyId}${unitSeparator}`], sorted: [] };

function madeOfReference(type: string, refers: boolean): Made {
  const parameters = type === 'Patient' ? ['entity', 'patient'] : ['entity'];
  const named = refers ? [...parameters, localReferenceParameter.code] : parameters;
  return {
    values: named.map((parameter) => `${parameter}${unitSeparator}${type}/${anyId}`),
    sorted: parameters.map((parameter) => `${parameter}${unitSeparator}${type.toLowerCase()}/${anyId}`),
  };
}

const isMade = ({ values, sorted, compartments }: EntityTemplate, made: Made): boolean =>
  isSame(
    values.map(([before, after]) => before + anyId + after),
    made.values,
  ) &&
  isSame(
    sorted.map(({ parameter, text: [before, after] }) => parameter + unitSeparator + before + anyId + after),
    made.sorted,
  ) &&
  compartments.length === 0;

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.toSorted().join() === others.toSorted().join();

/** See `shortHashes` of the kinds of AuditEvents. */
function hasNoHash(before: string, after: string, { reference }: JsonObject): boolean {
  const isWithSystem = after.includes(unitSeparator);
  const isOfDeletions = before.startsWith(`${localReferenceParameter.code}${unitSeparator}`);
  const isWithoutType = reference === `Patient/${anyId}` && before === `entity${unitSeparator}`;
  return isWithSystem || isOfDeletions || isWithoutType;
}

function indexerOf(whole: ResourceIndexer, chosen: readonly SearchParameter[]): ResourceIndexer {
  const { parameters, settings, readsReferences } = whole;
  const own = new Map(chosen.map((parameter) => [parameter.code, parameter]));
  const { generation } = parameters;
  const findByUrl = (url: string) => parameters.findByUrl(url);
  return new ResourceIndexer({ generation, findByUrl, toIndex: () => own }, settings, readsReferences);
}
