import { each } from '../../../r4/json/items.js';
import { isObject } from '../../../r4/json/json.js';
import type { Condition } from '../../../r4/search/query/condition.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { addressOf, type PlannedEntry } from './planned-entry.js';

/**
 * What conditional references match once all entries of a transaction are carried out (https://hl7.org/fhir/R4/http.html#trules, "Resolve any
 * conditional references"): what is deleted is none of it, and what is written is looked at where one identifier is asked for. By other criteria a
 * reference matches what was stored before.
 */
export class LinkMatches {
  private readonly deleted = new Set<string>();
  private readonly written = new Set<string>();
  /** Addresses of what is written, by type and identifier. */
  private readonly byIdentifier = new Map<string, string[]>();

  constructor(entries: readonly PlannedEntry[]) {
    for (const entry of entries) {
      if (entry.action === 'delete') this.deleted.add(addressOf(entry));
      if (entry.action === 'create' || entry.action === 'update') this.write(entry);
    }
  }

  /** The addresses that match: two of them stand for any more. `stored`: at most two of those that matched before. */
  of(condition: Condition, stored: readonly StoredVersion[]): readonly string[] {
    const { type } = condition;
    const before = stored.map(({ id }) => `${type}/${id}`);
    // There may be a third one.
    if (before.length > 1) return before;
    const kept = before.filter((address) => !this.deleted.has(address));
    const keys = identifiersOf(condition);
    if (!keys) return kept;
    const made = keys.flatMap((key) => (this.byIdentifier.get(`${type} ${key}`) ?? []).slice(0, 2));
    return [...new Set([...kept.filter((address) => !this.written.has(address)), ...made])];
  }

  private write(entry: PlannedEntry): void {
    const address = addressOf(entry);
    this.written.add(address);
    for (const identifier of each(entry.resource!['identifier'])) {
      const { system = '', value } = isObject(identifier) ? identifier : {};
      if (typeof system !== 'string' || typeof value !== 'string') continue;
      for (const key of [keyOf(value, system), keyOf(value)]) this.note(`${entry.interaction.type} ${key}`, address);
    }
  }

  private note(key: string, address: string): void {
    const known = this.byIdentifier.get(key);
    if (!known) this.byIdentifier.set(key, [address]);
    else if (!known.includes(address) && known.length < 2) known.push(address);
  }
}

/** Without a system: any. */
const keyOf = (value: string, system?: string): string => JSON.stringify([value, system]);

/** The identifiers, of which one has to match; undefined where anything else is asked for. */
function identifiersOf({ criteria }: Condition): readonly string[] | undefined {
  const [criterion, ...others] = criteria;
  if (criterion?.kind !== 'filter' || others.length > 0 || criterion.filter.parameter.code !== 'identifier')
    return undefined;
  const keys = criterion.filter.values.map((value) =>
    value.kind === 'token' && value.code !== undefined ? keyOf(value.code, value.system) : undefined,
  );
  return keys.every((key) => key !== undefined) ? keys : undefined;
}
