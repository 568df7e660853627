import { hash } from 'node:crypto';
import { isOwnEntry } from './own-entries.js';

/** Entries kept in each of two generations; repeated codes and references make most of what is hashed. */
const generationSize = 20_000;

let recent = new Map<string, string>();
let older = new Map<string, string>();

/**
 * Stands before the hash of an entry that names one thing (`isOwnEntry`), until the storage makes it a hash of its tenant: PostgreSQL refuses
 * one that was forgotten.
 */
export const ownMark = '~';

/** The hash of an index entry as text ({@link hashText}), with {@link ownMark} where a tenant has one of its own. */
export function hashToken(entry: string): string {
  const known = recent.get(entry);
  if (known !== undefined) return known;
  const result = older.get(entry) ?? hashOnce(entry);
  if (recent.size >= generationSize) {
    older = recent;
    recent = new Map();
  }
  recent.set(entry, result);
  return result;
}

/** {@link hashToken} of an entry that hardly comes again, such as that of an id of a request: it would only fill the cache. */
export const hashOnce = (entry: string): string => (isOwnEntry(entry) ? ownMark + hashText(entry) : hashText(entry));

/** First eight bytes (big endian, signed) of the SHA-256 of a text, as decimal text: what `lanyard_token` computes in SQL. */
// One-shot `hash` (Node 20.12) to hex and BigInt takes half the time of a Buffer.
export const hashText = (text: string): string =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`)).toString();
