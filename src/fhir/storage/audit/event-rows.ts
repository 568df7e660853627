import { entitiesOf, type PatientsOf } from '../../../audit/audit-entities.js';
import { eventText, headKey, headOf } from '../../../audit/audit-event.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { EventIndexer } from '../../../r4/search/index/event-indexer.js';
import type { IndexValues } from '../../../r4/search/index/index-values.js';
import { mergeIndex, type ParameterValues } from '../../../r4/search/index/merge-index.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import type { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import { wordsOfElements } from '../../../r4/search/words/index-words.js';
import type { WordVector } from '../../../r4/search/words/word-vector.js';

/** Heads kept, and the characters of one that is: about 15 kB of memory each. */
const mostHeads = 500;
const longestHead = 8_000;

interface Head {
  readonly words: WordVector;
  readonly text: string;
  /** Absent where events are indexed whole. */
  readonly index: ParameterValues | undefined;
}

/** An AuditEvent as text, and what it is found by. */
export interface MadeEvent {
  readonly body: string;
  readonly index: IndexValues;
}

/** Makes AuditEvents of records. What events of requests of one kind and one token share, is made once. */
export class EventRows {
  private heads = new Map<string, Head>();
  private parameters: ReadonlyMap<string, SearchParameter> | undefined;
  private byParts: EventIndexer | undefined;

  constructor(private readonly indexer: ResourceIndexer) {}

  make(record: AuditRecord, patientsOf: PatientsOf): MadeEvent {
    this.follow();
    const head = this.headOf(record);
    const entities = entitiesOf(record, this.indexer.settings.base, patientsOf);
    const body = eventText(record, head.text, entities);
    if (!this.byParts || !head.index) return { body, index: this.indexer.index(parseJson(body) as JsonObject) };
    const parts = [head.index, this.byParts.recorded(record.recorded), this.byParts.entities(entities)];
    // The head stands before the entities in the text as well.
    const words = wordsOfElements({ entity: entities }, 'AuditEvent', head.words);
    return { body, index: { ...mergeIndex(parts), words: words.text() } };
  }

  private headOf(record: AuditRecord): Head {
    const { base } = this.indexer.settings;
    const key = `${base} ${headKey(record)}`;
    const known = this.heads.get(key);
    if (known) return known;
    const elements = headOf(record, base);
    const made = {
      words: wordsOfElements(elements, 'AuditEvent'),
      text: JSON.stringify(elements),
      index: this.byParts?.head(elements),
    };
    // Heads that are in use come back at once.
    if (this.heads.size >= mostHeads) this.heads.clear();
    if (made.text.length <= longestHead) this.heads.set(key, made);
    return made;
  }

  /** Other parameters make another map. */
  private follow(): void {
    const parameters = this.indexer.parameters.toIndex('AuditEvent');
    if (parameters === this.parameters) return;
    this.parameters = parameters;
    this.byParts = EventIndexer.of(this.indexer);
    this.heads.clear();
  }
}
