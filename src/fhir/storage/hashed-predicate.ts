import { unitSeparator } from '../search/index-values.js';
import { hashToken } from '../search/token-hash.js';
import type { HashedValue, TokenValue } from './filter-values.js';
import type { BindParameters } from './statement.js';

/**
 * Tokens, references and URIs: hashes in `tok` find the row by index, the entries of `val` confirm it, so that a
 * collision of hashes never decides.
 */
export function hashedPredicate(
  code: string,
  values: readonly HashedValue[],
  row: string,
  parameters: BindParameters,
): string {
  const hashes = parameters.add(
    values.map((value) => hashToken(hashedEntry(code, value))),
    'bigint[]',
  );
  const exact = values.flatMap((value) => exactEntries(code, value));
  const confirmations: string[] = [];
  if (exact.length > 0) confirmations.push(`${row}.val && ${parameters.add(exact, 'text[]')}`);
  for (const value of values) {
    const condition = entryCondition(code, value, parameters);
    if (condition) confirmations.push(`EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${condition})`);
  }
  return `(${row}.tok && ${hashes} AND (${confirmations.join(' OR ')}))`;
}

const entryOf = (...parts: readonly string[]): string => parts.join(unitSeparator);

/** The one entry whose hash a matching row holds. */
function hashedEntry(code: string, value: HashedValue): string {
  if (value.kind === 'uri') return entryOf(code, value.uri);
  if (value.kind === 'of-type') return entryOf(`${code}:of-type`, value.value, value.code, value.system);
  if (value.kind === 'reference') return entryOf(code, value.target);
  if (value.system === undefined) return entryOf(code, value.code ?? '');
  return entryOf(code, value.code ?? '', value.system);
}

/** Entries of `val` that confirm the value by equality. */
function exactEntries(code: string, value: HashedValue): readonly string[] {
  if (value.kind === 'token') {
    const isExact = value.system !== undefined && value.code !== undefined;
    return isExact ? [entryOf(code, value.code, value.system)] : [];
  }
  return value.kind === 'reference' && value.anyType ? [] : [hashedEntry(code, value)];
}

/** A condition on single entries, for values that leave a part of the entry open. */
function entryCondition(code: string, value: HashedValue, parameters: BindParameters): string | undefined {
  if (value.kind === 'token') return tokenCondition(code, value, parameters);
  if (value.kind === 'reference' && value.anyType) {
    const start = parameters.add(entryOf(code, ''), 'text');
    const id = parameters.add(value.target, 'text');
    const type = `split_part(substr(entry, char_length(${start}) + 1), '/', 1)`;
    return `${type} ~ '^[A-Za-z]+$' AND entry = ${start} || ${type} || '/' || ${id}`;
  }
  if (value.kind === 'of-type') return undefined;
  const url = value.kind === 'uri' ? value.uri : value.target;
  // A canonical is found without its version too.
  return url.includes(':') ? `starts_with(entry, ${parameters.add(entryOf(code, `${url}|`), 'text')})` : undefined;
}

function tokenCondition(
  code: string,
  { system, code: token }: TokenValue,
  parameters: BindParameters,
): string | undefined {
  if (token === undefined) {
    const end = parameters.add(`${unitSeparator}${system ?? ''}`, 'text');
    return `starts_with(entry, ${parameters.add(entryOf(code, ''), 'text')}) AND right(entry, char_length(${end})) = ${end}`;
  }
  return system === undefined ? `starts_with(entry, ${parameters.add(entryOf(code, token, ''), 'text')})` : undefined;
}
