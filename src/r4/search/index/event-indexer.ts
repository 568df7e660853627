import type { Json, JsonObject } from '../../json/json.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { parseDateInterval } from '../values/date-interval.js';
import { isOfR4 } from '../parameters/search-parameters.js';
import { anyId, EntryCollector, type EntityTemplate, templateOf, TemplateValues } from './entity-template.js';
import { unitSeparator } from './index-values.js';
import { mergeIndex, type ParameterValues } from './merge-index.js';
import { ResourceIndexer } from './resource-indexer.js';
import { hashOnce } from './token-hash.js';

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
  private readonly byType = new Map<string, EntityTemplate>();
  private readonly ofRequests: EntityTemplate;

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
    this.ofRequests = byValue(this.templateFor({ identifier: { value: anyId } }));
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

  /** Of what entities have beside their kind; the records that they are, since their kind tells. Identifiers are found by their value alone. */
  withoutKinds({ patients, versions, object, requestId }: EntityIds): ParameterValues {
    const own = new TemplateValues();
    const named = new Map<string, readonly [type: string, id: string]>();
    for (const id of patients) named.set(`Patient/${id}`, ['Patient', id]);
    for (const { type, id } of versions) named.set(`${type}/${id}`, [type, id]);
    for (const [type, id] of named.values()) own.add(this.ofReferences(type), id);
    for (const id of patients) own.addCompartment(`Patient/${id}`);
    if (requestId !== undefined && requestId !== '') own.add(this.ofRequests, requestId, hashOnce);
    return object ? mergeIndex([own.finish(), this.entities([{ name: object.name }])]) : own.finish();
  }

  private ofReferences(type: string): EntityTemplate {
    let template = this.byType.get(type);
    if (!template) this.byType.set(type, (template = this.templateFor({ reference: `${type}/${anyId}` })));
    return template;
  }

  private templateFor(what: JsonObject): EntityTemplate {
    const indexer = this.byPart.entity;
    const event = { ...typeOfEvent, entity: [{ what }] };
    const collector = new EntryCollector(event, indexer.settings);
    return templateOf(collector, indexer.indexParameters(event, collector));
  }

  entities(entity: readonly Json[]): ParameterValues {
    return this.byPart.entity.indexParameters({ ...typeOfEvent, entity });
  }
}

/** Without hashes that have the system as well: each is an entry of the index that no other row has. */
const byValue = (template: EntityTemplate): EntityTemplate => ({
  ...template,
  hashed: template.hashed.filter(([, after]) => !after.includes(unitSeparator)),
});

function indexerOf(whole: ResourceIndexer, chosen: readonly SearchParameter[]): ResourceIndexer {
  const { parameters, settings, readsReferences } = whole;
  const own = new Map(chosen.map((parameter) => [parameter.code, parameter]));
  const { generation } = parameters;
  const findByUrl = (url: string) => parameters.findByUrl(url);
  return new ResourceIndexer({ generation, findByUrl, toIndex: () => own }, settings, readsReferences);
}
