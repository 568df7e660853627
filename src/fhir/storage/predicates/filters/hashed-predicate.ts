import { hashesOfEntry } from '../../../../audit/event-kinds.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import type { Filter } from '../../../../r4/search/query/filter.js';
import { confirmed, likelyConfirmed } from './confirmed.js';
import { type HashedValue, pick, type TokenValue } from './filter-values.js';
import { ofTenant } from '../../indexing/stored-hashes.js';
import { many } from '../../many-values.js';
import { BindParameters } from '../../session/statement.js';

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
  const found = overlaps(row, hashesOfValues(code, values), parameters);
  const confirmations = confirmationsOf(code, values, row, parameters);
  const confirmation = `(${confirmations.join(' OR ')})`;
  const isListed = values.length <= many && values.every((value) => soleEntry(code, value) !== undefined);
  return `(${found} AND ${isListed ? confirmation : confirmed(confirmation)})`;
}

/**
 * The condition that the row has one of the hashes. Of many the planner would expect that they match most rows, and compare each with
 * each row's; of an array that it does not know, it expects few and asks the index for each.
 */
export function overlaps(row: string, hashes: readonly string[], parameters: BindParameters): string {
  const bound = parameters.add(hashes, 'bigint[]');
  return `${row}.tok && ${hashes.length > many ? `(SELECT ${bound})` : bound}`;
}

/**
 * The condition of values that limit a caller: most rows that are looked at satisfy it, and the planner is told so.
 * `likely`: forms of the values that most rows have, which cost less to look for.
 */
export function hashedLimit(
  code: string,
  { values, likely }: { readonly values: readonly HashedValue[]; readonly likely: readonly HashedValue[] },
  row: string,
  parameters: BindParameters,
): string {
  const hashes = parameters.add(hashesOfValues(code, values), 'bigint[]');
  return `(${row}.tok && ${hashes} AND ${holdsValue(code, [...likely, ...values], row, parameters)})`;
}

/** The hashes of which each row that matches the filter holds one; undefined where no hash tells, or too many values are asked for. */
export function hashesOf({ parameter, values }: Filter): readonly string[] | undefined {
  const hashed = pick(values, 'token', 'reference', 'uri', 'of-type');
  const isHashed = parameter.code !== '_id' && hashed.length > 0 && hashed.length === values.length;
  return isHashed && values.length <= many ? hashesOfValues(parameter.code, hashed) : undefined;
}

/** The hashes of which a row with one of the values holds one, each once: many codes are of the same kinds of AuditEvents. */
export const hashesOfValues = (code: string, values: readonly HashedValue[]): readonly string[] =>
  ofTenant([...new Set(values.flatMap((value) => hashesOfEntry(hashedEntry(code, value))))]);

/** The hashes of AuditEvents that hold any code of the system by their kind alone. */
export const kindsWithCodesOf = (code: string, system: string): readonly string[] =>
  hashesOfValues(code, [{ kind: 'token', system }]).slice(1);

/** Returns the conditions that confirm the hash of any of the values. */
function confirmationsOf(
  code: string,
  values: readonly HashedValue[],
  row: string,
  parameters: BindParameters,
): readonly string[] {
  const exact = values.flatMap((value) => exactEntries(code, value));
  const confirmations: string[] = [];
  if (exact.length > 0) confirmations.push(holdsAny(exact, row, parameters));
  const open = openConditions(code, values, parameters);
  if (open.length > 0)
    confirmations.push(`EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE ${open.join(' OR ')})`);
  return confirmations;
}

/** The condition that a row that was found in another way holds any of the values; the planner takes it for every second row. */
export function holdsValue(
  code: string,
  values: readonly HashedValue[],
  row: string,
  parameters: BindParameters,
): string {
  return likelyConfirmed(confirmationsOf(code, values, row, parameters).join(' OR '));
}

/** `&&` compares each with each; of many, PostgreSQL makes a hash table for `ANY`. */
function holdsAny(entries: readonly string[], row: string, parameters: BindParameters): string {
  const bound = parameters.add(entries, 'text[]');
  if (entries.length <= many) return `${row}.val && ${bound}`;
  return `EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE entry = ANY (${bound}))`;
}

/** The one entry that a row holds if it matches the value, and only then; undefined where several would do. */
export function soleEntry(code: string, value: HashedValue): string | undefined {
  const [entry] = exactEntries(code, value);
  return entryCondition(code, value, new BindParameters()) === undefined ? entry : undefined;
}

/**
 * The condition that a row holds all of the entries: one look at the index and one at the row for all of them.
 */
export function holdsAll(entries: readonly string[], row: string, parameters: BindParameters): string {
  const hashes = entries.map((entry) => ofTenant(hashesOfEntry(entry)));
  const sole = hashes.filter(({ length }) => length === 1).flat();
  const looks = [
    ...(sole.length > 0 ? [`${row}.tok @> ${parameters.add(sole, 'bigint[]')}`] : []),
    ...hashes.filter(({ length }) => length > 1).map((several) => overlaps(row, several, parameters)),
  ];
  return `(${looks.join(' AND ')} AND ${likelyConfirmed(holdsEntries(entries, row, parameters))})`;
}

/** {@link holdsAll} of a row that was found in another way. */
export const holdsEntries = (entries: readonly string[], row: string, parameters: BindParameters): string =>
  `${row}.val @> ${parameters.add(entries, 'text[]')}`;

/** The condition that one `entry` is the value. */
export function isEntry(code: string, value: HashedValue, parameters: BindParameters): string {
  const exact = exactEntries(code, value).map((entry) => `entry = ${parameters.add(entry, 'text')}`);
  const condition = entryCondition(code, value, parameters);
  return [...exact, ...(condition === undefined ? [] : [condition])].map((one) => `(${one})`).join(' OR ');
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

/** Conditions on single entries, of which one must hold; of many values those of one kind are one, with a hash table for them. */
function openConditions(code: string, values: readonly HashedValue[], parameters: BindParameters): readonly string[] {
  if (values.length <= many) return values.flatMap((value) => entryCondition(code, value, parameters) ?? []);
  const start = (): string => parameters.add(entryOf(code, ''), 'text');
  const separator = (): string => parameters.add(unitSeparator, 'text');
  const among = (wanted: readonly string[], part: () => string): readonly string[] =>
    wanted.length === 0
      ? []
      : [`starts_with(entry, ${start()}) AND ${part()} = ANY (${parameters.add(wanted, 'text[]')})`];
  const rest = (): string => `substr(entry, char_length(${start()}) + 1)`;
  const tokens = pick(values, 'token');
  const references = pick(values, 'reference');
  const urls = [...pick(values, 'uri').map(({ uri }) => uri), ...references.map(({ target }) => target)];
  return [
    ...among(
      tokens.flatMap((value) => (value.system === undefined ? (value.code ?? []) : [])),
      () => `split_part(entry, ${separator()}, 2)`,
    ),
    ...among(
      tokens.flatMap((value) => (value.code === undefined ? value.system || [] : [])),
      () => `split_part(entry, ${separator()}, 3)`,
    ),
    // Entries without a system may have no third part.
    ...tokens
      .filter((value) => value.code === undefined && !value.system)
      .slice(0, 1)
      .flatMap((value) => entryCondition(code, value, parameters) ?? []),
    ...among(
      references.flatMap(({ anyType, target }) => (anyType ? target : [])),
      () => `substring(${rest()} FROM '^[A-Za-z]+/(.*)$')`,
    ),
    // A canonical is found without its version too.
    ...among(
      urls.filter((url) => url.includes(':')),
      () => `substring(${rest()} FROM '^([^|]*)\\|')`,
    ),
  ];
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
