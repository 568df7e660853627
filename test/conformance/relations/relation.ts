import type { Content } from './content.js';
import type { Criteria } from './criteria.js';
import type { Random } from '../../support/random.js';
import type { Searches } from './searches.js';

/** One question of a run: its own random choices about the same content. */
export interface Question {
  readonly content: Content;
  readonly random: Random;
  readonly criteria: Criteria;
  /** Those of a caller who may search everything. */
  readonly searches: Searches;
}

/** Throws {@link Different} unless what it asks agrees, {@link NothingToAsk} if the choices lead to no question. */
export type Relation = (question: Question) => Promise<void>;

/** Two answers that had to agree. */
export class Different extends Error {}

/** What was chosen cannot be asked of the server, or tells nothing. */
export class NothingToAsk extends Error {}

/** The value, if there is one to ask by. */
export function needed<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new NothingToAsk();
  return value;
}

export const neededIf = (isSo: boolean): true => needed(isSo ? true : undefined);

const few = (ids: Iterable<string>): string => [...ids].slice(0, 6).join(' ');

/** Throws unless both hold the same. */
export function expectSame(what: string, found: Iterable<string>, expected: Iterable<string>): void {
  const [one, other] = [new Set(found), new Set(expected)];
  const [more, less] = [difference(one, other), difference(other, one)];
  if (more.size === 0 && less.size === 0) return;
  throw new Different(
    `${what}\n  found ${one.size}, expected ${other.size}; too many: ${more.size} (${few(more)}); missing: ${less.size} (${few(less)})`,
  );
}

/** Throws unless both are the same in the same order, and nothing comes twice. */
export function expectSameOrder(what: string, found: readonly string[], expected: readonly string[]): void {
  expectSame(what, found, expected);
  if (found.length !== new Set(found).size) throw new Different(`${what}\n  something comes twice`);
  const at = found.findIndex((one, i) => one !== expected[i]);
  if (at === -1) return;
  throw new Different(`${what}\n  another order from place ${at}: ${found[at]} instead of ${expected[at]}`);
}

/** Throws if something in `part` is not in `whole`. */
export function expectWithin(what: string, part: Iterable<string>, whole: ReadonlySet<string>): void {
  const more = difference(new Set(part), whole);
  if (more.size > 0) throw new Different(`${what}\n  ${more.size} too many: ${few(more)}`);
}

/** `Type/id` of each. */
type Addresses = ReadonlySet<string>;

export const union = (...sets: readonly Addresses[]): Addresses => new Set(sets.flatMap((one) => [...one]));

export const intersection = (...sets: readonly Addresses[]): Addresses =>
  new Set([...sets[0]!].filter((one) => sets.every((other) => other.has(one))));

export const difference = (all: Addresses, without: Addresses): Addresses =>
  new Set([...all].filter((one) => !without.has(one)));
