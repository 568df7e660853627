import { entitiesOf, type EntityFacts, entityFacts, type PatientsOf } from '../../../audit/audit-entities.js';
import { eventText, headKey, headOf } from '../../../audit/audit-event.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { EventIndexer } from '../../../r4/search/index/event-indexer.js';
import { mergeIndex, type ParameterValues, withoutShared } from '../../../r4/search/index/merge-index.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { wordsOfElements } from '../../../r4/search/words/index-words.js';
import type { WordVector } from '../../../r4/search/words/word-vector.js';
import type { IndexTexts } from '../indexing/index-columns.js';
import { type MakesTexts, type SharedHead, sharedHead, StoredHeads } from './shared-heads.js';
import { shortEntities } from './short-entities.js';
import { shortIndex, shortStart } from './whole-events.js';

/** Heads kept, and the characters of one that is: about 8 kB of memory each, and 15 of events that are whole. */
const mostHeads = 500;
const longestHead = 8_000;

interface Head {
  /** Kept once an event was made whole: those in the short form need them no more, and they are half of what a head has. */
  words?: WordVector;
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
  /** Without the hashes that its head has. */
  readonly index: IndexTexts;
  /** Present where the row is in the short form. */
  readonly head?: SharedHead;
}

/** Parts of which an event is made. */
interface Parts {
  readonly record: AuditRecord;
  readonly head: Head;
  readonly facts: EntityFacts;
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
    const facts = entityFacts(record, this.columns.indexer.settings.base, patientsOf);
    const parts = { record, head, facts };
    return (isShort && this.short(parts)) || this.whole(parts);
  }

  private whole({ record, head, facts }: Parts): EventRow {
    const { indexer } = this.columns;
    const entities = entitiesOf(facts);
    const text = eventText(record, head.text, JSON.stringify(entities));
    const made = { id: record.id, recorded: record.recorded, text, body: text };
    const { byParts } = this;
    if (!byParts || !head.index)
      return { ...made, index: this.columns.textsOf('AuditEvent', indexer.index(parseJson(text) as JsonObject)) };
    const index = mergeIndex([head.index, byParts.recorded(record.recorded), byParts.entities(entities)]);
    // The head stands before the entities in the text as well.
    const words = wordsOfElements({ entity: entities }, 'AuditEvent', (head.words ??= wordsOfHead(head))).text();
    return { ...made, index: this.columns.textsOf('AuditEvent', { ...index, words }) };
  }

  /** Undefined where the database could not put the event together, or find its words. */
  private short(parts: Parts): EventRow | undefined {
    const { record, facts } = parts;
    const { id, recorded } = record;
    const entities = hasShortHead(parts) ? shortEntities(facts) : undefined;
    const own = entities && entities.json.length <= longestShort ? this.byParts?.notMade(facts) : undefined;
    if (!entities || !own) return undefined;
    const head = this.sharedOf(parts);
    // Records of a row are the patients of its entities.
    if (head.compartments.length > 0) return undefined;
    const notShared = withoutShared(own, head);
    const values = notShared.values.length > 0 ? [shortIndex, ...notShared.values] : [];
    return {
      id,
      recorded,
      text: eventText(record, parts.head.text, entities.json),
      body: `${shortStart}${head.id}${entities.stored}`,
      index: this.columns.textsOf('AuditEvent', { ...notShared, values, words: noWords }),
      head,
    };
  }

  private sharedOf({ head, facts }: Parts): SharedHead {
    const key = kindsOf(facts);
    const known = head.shared.get(key);
    if (known) return known;
    const index = [head.index!, this.byParts!.kinds(entitiesOf(facts))];
    const made = sharedHead({ text: head.text, words: head.words ?? wordsOfHead(head), index }, this.columns);
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

const wordsOfHead = ({ text }: Head): WordVector => wordsOfElements(parseJson(text) as JsonObject, 'AuditEvent');

/** The words of a row in the short form: read from its text when somebody asks. */
export const noWords = '-';

const longestShort = 30_000;
const plainId = /^[0-9a-f-]{36}$/;
const plainInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** True if the database can put together what stands before the entities. */
const hasShortHead = ({ record: { id, recorded }, head }: Parts): boolean =>
  head.index !== undefined && head.text.length <= longestHead && plainId.test(id) && plainInstant.test(recorded);

/** Equal for events that have entities of the same kinds. */
const kindsOf = ({ patients, versions, object, query, requestId }: EntityFacts): string =>
  [patients.length > 0, versions.length > 0, !!object, query !== undefined, requestId !== undefined].join();
