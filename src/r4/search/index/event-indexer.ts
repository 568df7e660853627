import type { Json, JsonObject } from '../../json/json.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import { isOfR4 } from '../parameters/search-parameters.js';
import type { ParameterValues } from './merge-index.js';
import { recordsOf } from './index-audit.js';
import { ResourceIndexer } from './resource-indexer.js';

const typeOfEvent = { resourceType: 'AuditEvent' };

/** Elements of an AuditEvent that are indexed apart; `head` has the others. */
type Part = 'recorded' | 'entity' | 'head';

/**
 * Indexes AuditEvents of this server by their parts, so that those that events share are indexed once. That holds for
 * parameters of R4, which look at one element at a time; where others were added, each event has to be indexed whole.
 */
export class EventIndexer {
  private readonly byPart: Readonly<Record<Part, ResourceIndexer>>;

  /** Undefined where another parameter than those of R4 looks at AuditEvents. */
  static of(whole: ResourceIndexer): EventIndexer | undefined {
    const parameters = [...whole.parameters.toIndex('AuditEvent').values()];
    const isByParts = parameters.every((one) => one.expression === undefined || isOfR4(one));
    return isByParts ? new EventIndexer(whole, parameters) : undefined;
  }

  private constructor(whole: ResourceIndexer, parameters: readonly SearchParameter[]) {
    const lookingAt = (element: string) =>
      indexerOf(
        whole,
        parameters.filter(({ expression }) => expression?.includes(`AuditEvent.${element}`)),
      );
    this.byPart = { recorded: lookingAt('recorded'), entity: lookingAt('entity'), head: whole };
  }

  head(head: JsonObject): ParameterValues {
    return this.byPart.head.indexParameters({ ...typeOfEvent, ...head });
  }

  recorded(recorded: string): ParameterValues {
    return this.byPart.recorded.indexParameters({ ...typeOfEvent, recorded });
  }

  /** Of these elements of entities alone. */
  kinds(entities: readonly JsonObject[]): ParameterValues {
    return this.entities(entities.map(({ type, role }) => ({ ...(type && { type }), ...(role && { role }) })));
  }

  /** Of what entities have beside their kind; the records that they are, since their kind tells. */
  withoutKinds(entities: readonly JsonObject[], base: string): ParameterValues {
    const own = entities.map(({ type: _type, role: _role, ...rest }) => rest);
    const index = this.entities(own);
    return { ...index, compartments: [...new Set([...index.compartments, ...recordsOf(entities, base)])] };
  }

  entities(entity: readonly Json[]): ParameterValues {
    return this.byPart.entity.indexParameters({ ...typeOfEvent, entity });
  }
}

function indexerOf(whole: ResourceIndexer, chosen: readonly SearchParameter[]): ResourceIndexer {
  const { parameters, settings, readsReferences } = whole;
  const own = new Map(chosen.map((parameter) => [parameter.code, parameter]));
  const { generation } = parameters;
  const findByUrl = (url: string) => parameters.findByUrl(url);
  return new ResourceIndexer({ generation, findByUrl, toIndex: () => own }, settings, readsReferences);
}
