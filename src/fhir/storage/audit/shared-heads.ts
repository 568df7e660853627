import { createHash } from 'node:crypto';
import { withoutBraces } from '../../../audit/audit-event.js';
import { shortHashes } from '../../../audit/event-kinds.js';
import {
  mergeIndex,
  type ParameterValues,
  type SharedValues,
  sharedValues,
} from '../../../r4/search/index/merge-index.js';
import type { WordVector } from '../../../r4/search/words/word-vector.js';
import type { IndexColumns, IndexTexts } from '../indexing/index-columns.js';
import { ofTenant } from '../indexing/stored-hashes.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Statement } from '../session/statement.js';

/** Elements and index values that AuditEvents of one kind and one token share. Its row never changes, but for the time until which it is used. */
export interface SharedHead extends SharedValues {
  /** A hash of what it has. */
  readonly id: string;
  /** Hashes of its rows, with commas between; never none, since each event has a type. */
  readonly hashes: string;
  /** Row of `audit_head`, without `used`. */
  readonly row: Readonly<Record<string, unknown>>;
}

export type MakesTexts = Pick<IndexColumns, 'indexer' | 'textsOf'>;

export interface HeadParts {
  /** Elements as JSON. */
  readonly text: string;
  readonly words: WordVector;
  /** Of the elements, and of the kinds of entities that the events have. */
  readonly index: readonly ParameterValues[];
}

/** As long as the name of a head in a body is. */
const idLength = 16;

export function sharedHead({ text, words, index }: HeadParts, columns: MakesTexts): SharedHead {
  const merged = mergeIndex(index);
  const texts = columns.textsOf('AuditEvent', { ...merged, tokens: [], ranges: [], words: words.text() });
  const { readsReferences, settings } = columns.indexer;
  const row = {
    base: settings.base,
    refers: readsReferences,
    text: withoutBraces(text),
    val: merged.values,
    ...pick(texts, ['str_low', 'str_high', 'grams', 'words']),
    gap: words.gap,
  };
  const id = createHash('sha256').update(JSON.stringify(row)).digest('base64url').slice(0, idLength);
  return { ...sharedValues(merged), id, hashes: ofTenant(shortHashes(merged)).join(), row: { id, ...row } };
}

const pick = (texts: IndexTexts, names: readonly (keyof IndexTexts)[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, texts[name]]));

/** A head, and the day until whose end (UTC, milliseconds) there are events that name it. */
export interface UsedHead {
  readonly head: SharedHead;
  readonly until: number;
}

const day = 86_400_000;

/** The heads of some events, each once, in the order of their ids: transactions that store several wait for each other, and never in a circle. */
export function usedHeads(
  events: readonly { readonly recorded: string; readonly head?: SharedHead }[],
): readonly UsedHead[] {
  const used = new Map<string, UsedHead>();
  for (const { head, recorded } of events) {
    if (!head) continue;
    const until = (Math.floor(Date.parse(recorded) / day) + 1) * day;
    used.set(head.id, { head, until: Math.max(until, used.get(head.id)?.until ?? 0) });
  }
  return [...used.values()].toSorted((one, other) => (one.head.id < other.head.id ? -1 : 1));
}

/** Heads that are stored, as this process knows, since the last erasure. */
export class StoredHeads {
  private readonly until = new Map<string, number>();
  private erased: string | undefined;

  /** `erased`: position of the last link that was erased. */
  lacking(heads: readonly UsedHead[], erased: string): readonly UsedHead[] {
    if (this.erased !== erased) this.until.clear();
    this.erased = erased;
    return heads.filter(({ head, until }) => (this.until.get(head.id) ?? 0) < until);
  }

  /** After their transaction. */
  add(heads: readonly UsedHead[]): void {
    if (this.until.size >= mostKnown) this.until.clear();
    for (const { head, until } of heads) this.until.set(head.id, until);
  }
}

const mostKnown = 10_000;

export const storeHeads = (heads: readonly UsedHead[]): Statement => ({
  isPrepared: true,
  text:
    `INSERT INTO audit_head AS known (tenant, id, used, base, refers, text, val, str_low, str_high, grams, words, gap) ` +
    `SELECT ${tenant}, id, used, base, refers, text, val, str_low, str_high, grams, words, gap FROM json_to_recordset($1::json) AS head ` +
    `(id text, used timestamptz, base text, refers boolean, text text, val text[], str_low text[], str_high text[], grams integer[], words tsvector, gap integer) ` +
    `ON CONFLICT (tenant, id) DO UPDATE SET used = EXCLUDED.used WHERE known.used < EXCLUDED.used`,
  values: [JSON.stringify(heads.map(({ head, until }) => ({ ...head.row, used: new Date(until).toISOString() })))],
});

/** Removes heads that no AuditEvent names any more: all that is left is younger. */
export const removeHeads: Statement = {
  text:
    `DELETE FROM audit_head WHERE tenant = ${tenant} AND used <= ` +
    `coalesce((SELECT min(updated) FROM resource_auditevent WHERE tenant = ${tenant} AND type = 'AuditEvent'), 'infinity')`,
  values: [],
};
