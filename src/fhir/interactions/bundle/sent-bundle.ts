import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { Json, JsonObject } from '../../../r4/json/json.js';
import { TooManyEntries } from '../../../r4/errors/request-errors.js';
import { SentEntries, type SentText } from '../../../r4/places/sent-text.js';

/** A batch or transaction as it was sent: its entries are parsed when they are asked for. */
export interface SentBundle {
  readonly type: Json | undefined;
  /** Number of entries. */
  readonly count: number;
  entry(index: number): Json | Promise<Json>;
  /** Throws 400 unless all of it is JSON, so that nothing is carried out of what is not. */
  check(): Promise<void>;
}

/** One that was parsed as a whole. */
export class WholeBundle implements SentBundle {
  private readonly entries: readonly Json[];
  private readonly sent: SentEntries | undefined;

  /** Throws 400 for entries that are no list, and 413 for more of them than `limit`. `sent`: what it was read from. */
  constructor(
    private readonly bundle: JsonObject,
    limit: number,
    sent?: Pick<SentText, 'text' | 'form'>,
  ) {
    this.entries = entriesOf(bundle, limit);
    this.sent = sent && new SentEntries(sent, this.entries.length);
  }

  get type(): Json | undefined {
    return this.bundle['type'];
  }

  get count(): number {
    return this.entries.length;
  }

  entry(index: number): Json {
    const entry = this.entries[index]!;
    this.sent?.remember(entry, index);
    return entry;
  }

  async check(): Promise<void> {
    // It was parsed.
  }
}

/** The entries as they stand, `limit` at most. */
export function entriesOf(bundle: JsonObject, limit: number): readonly Json[] {
  const entries = bundle['entry'];
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) {
    throw new InvalidRequest({
      code: 'structure',
      diagnostics: 'Bundle.entry must be an array.',
      expression: ['Bundle.entry'],
    });
  }
  if (entries.length > limit) throw new TooManyEntries(entries.length, limit);
  return entries as readonly Json[];
}
