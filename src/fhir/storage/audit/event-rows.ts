import { entitiesOf, type PatientsOf } from '../../../audit/audit-entities.js';
import { eventText, headKey, headOf } from '../../../audit/audit-event.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { plainText } from '../../../r4/search/index/indexers/value-indexer.js';
import { EventIndexer } from '../../../r4/search/index/event-indexer.js';
import { mergeIndex, type ParameterValues, withoutShared } from '../../../r4/search/index/merge-index.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { wordsOfElements } from '../../../r4/search/words/index-words.js';
import type { WordVector } from '../../../r4/search/words/word-vector.js';
import type { IndexTexts } from '../indexing/index-columns.js';
import { shortened } from './phrases.js';
import { type MakesTexts, type SharedHead, sharedHead, StoredHeads } from './shared-heads.js';
import { headEntryStart, shortStart } from './whole-events.js';

/** Heads kept, and the characters of one that is: about 15 kB of memory each. */
const mostHeads = 500;
const longestHead = 8_000;

interface Head {
  readonly words: WordVector;
  readonly text: string;
  /** Absent where events are indexed whole. */
  readonly index: ParameterValues | undefined;
  /** By the kinds of entities. */
  readonly shared: Map<string, SharedHead>;
}

/** An AuditEvent as its row holds it. */
export interface EventRow extends Pick<AuditRecord, 'id' | 'recorded'> {
  /** The AuditEvent whole, as it is sealed and handed out. */
  readonly text: string;
  readonly body: string;
  readonly index: IndexTexts;
  /** Present where the row is in the short form. */
  readonly head?: SharedHead;
}

/** Parts of which an event is made. */
interface Parts {
  readonly record: AuditRecord;
  readonly head: Head;
  readonly entities: readonly JsonObject[];
  readonly json: string;
  readonly text: string;
}

/** Makes AuditEvents of records, and their rows. What events of requests of one kind and one token share, is made once. */
export class EventRows {
  readonly stored = new StoredHeads();
  private heads = new Map<string, Head>();
  private parameters: ReadonlyMap<string, SearchParameter> | undefined;
  private byParts: EventIndexer | undefined;

  constructor(private readonly columns: MakesTexts) {}

  /** `isShort`: whether the row may be in the short form. */
  make(record: AuditRecord, patientsOf: PatientsOf, isShort: boolean): EventRow {
    this.follow();
    const head = this.headOf(record);
    const entities = entitiesOf(record, this.columns.indexer.settings.base, patientsOf);
    const json = JSON.stringify(entities);
    const parts = { record, head, entities, json, text: eventText(record, head.text, json) };
    return isShort && isStoredShort(parts) ? this.short(parts) : this.whole(parts);
  }

  private whole({ record, head, entities, text }: Parts): EventRow {
    const { indexer } = this.columns;
    const made = { id: record.id, recorded: record.recorded, text, body: text };
    const { byParts } = this;
    if (!byParts || !head.index)
      return { ...made, index: this.columns.textsOf('AuditEvent', indexer.index(parseJson(text) as JsonObject)) };
    const index = mergeIndex([head.index, byParts.recorded(record.recorded), byParts.entities(entities)]);
    // The head stands before the entities in the text as well.
    const words = wordsOfElements({ entity: entities }, 'AuditEvent', head.words).text();
    return { ...made, index: this.columns.textsOf('AuditEvent', { ...index, words }) };
  }

  private short(parts: Parts): EventRow {
    const { record, entities, json, text } = parts;
    const byParts = this.byParts!;
    const head = this.sharedOf(parts);
    const { ranges, sortNumbers } = byParts.recorded(record.recorded);
    const own = withoutShared(byParts.withoutKinds(entities, this.columns.indexer.settings.base), head);
    const values = [`${headEntryStart}${head.id}`, ...own.values];
    const index = this.columns.textsOf('AuditEvent', { ...own, values, ranges, sortNumbers, words: noWords });
    return {
      id: record.id,
      recorded: record.recorded,
      text,
      body: shortStart + head.id + shortened(json),
      index: { ...index, tok: `{${[head.hashes, ...own.tokens].join()}}` },
      head,
    };
  }

  private sharedOf({ head, entities }: Parts): SharedHead {
    const kinds = new Map(entities.map((entity) => [kindOf(entity), entity]));
    const key = [...kinds.keys()].join();
    const known = head.shared.get(key);
    if (known) return known;
    const index = [head.index!, this.byParts!.kinds([...kinds.values()])];
    const made = sharedHead({ text: head.text, words: head.words, index }, this.columns);
    head.shared.set(key, made);
    return made;
  }

  private headOf(record: AuditRecord): Head {
    const { base } = this.columns.indexer.settings;
    const key = `${base} ${headKey(record)}`;
    const known = this.heads.get(key);
    if (known) return known;
    const elements = headOf(record, base);
    const made = {
      words: wordsOfElements(elements, 'AuditEvent'),
      text: JSON.stringify(elements),
      index: this.byParts?.head(elements),
      shared: new Map<string, SharedHead>(),
    };
    // Heads that are in use come back at once.
    if (this.heads.size >= mostHeads) this.heads.clear();
    if (made.text.length <= longestHead) this.heads.set(key, made);
    return made;
  }

  /** Other parameters make another map. */
  private follow(): void {
    const { indexer } = this.columns;
    const parameters = indexer.parameters.toIndex('AuditEvent');
    if (parameters === this.parameters) return;
    this.parameters = parameters;
    this.byParts = EventIndexer.of(indexer);
    this.heads.clear();
  }
}

/** The words of a row in the short form: read from its text when somebody asks. */
export const noWords = '-';

const longestShort = 30_000;
const plainJson = /^[ -[\]-~]*$/;
const plainId = /^[0-9a-f-]{36}$/;
const plainInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** True if the database can put the event together, and find its words: entities are ASCII without escapes. */
const isStoredShort = ({ record: { id, recorded }, head, json }: Parts): boolean =>
  head.index !== undefined &&
  head.text.length <= longestHead &&
  json.length <= longestShort &&
  plainJson.test(json) &&
  plainId.test(id) &&
  plainInstant.test(recorded);

/** Entities of one kind have equal types and roles. */
const kindOf = ({ type, role }: JsonObject): string => `${codeOf(type)}/${codeOf(role)}`;
const codeOf = (coding: Json | undefined): string => (isObject(coding) ? plainText(coding['code']) : '');
