import { setTimeout as sleep } from 'node:timers/promises';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { definitionTypes } from '../../../r4/packages/definition-types.js';
import { holdsCondition } from '../../interactions/bundle/link-entries.js';
import {
  type ImportCircumstances,
  type ImportedItem,
  type Importer,
  type ImportResult,
  isResource,
} from './importer.js';

/** Transactions at once: while PostgreSQL stores two, the next is validated and indexed (docs/adr/0134). */
const mostAtOnce = 3;

/** Milliseconds for which a transaction stays open for the one before it, which may wait for its locks. */
const longest = 10_000;

/** Stores one group: with its failures named and the others stored, or as a whole. */
export type GroupStore = Pick<Importer, 'store' | 'attempt'>;

/** A group whose transaction runs. */
interface RunningGroup {
  readonly result: Promise<ImportResult>;
  readonly addresses: ReadonlySet<string>;
  readonly isAlone: boolean;
}

/**
 * Stores groups three at a time, with the outcome of one after the other: a resource is never in both, each is kept after those before it, and
 * what fails is tried again once they are stored. Yields results in order.
 */
export async function* storeGroups(
  importer: GroupStore,
  groups: AsyncIterable<readonly ImportedItem[]>,
  given: ImportCircumstances,
  patience = longest,
): AsyncGenerator<ImportResult, undefined> {
  const running: RunningGroup[] = [];
  try {
    for await (const items of groups) {
      const group = {
        addresses: new Set(items.filter(isResource).map(({ address }) => address)),
        isAlone: isAlone(items),
      };
      while (running.some((other, at) => at + 1 >= mostAtOnce || hasToWait(group, other))) {
        yield await running[0]!.result;
        running.shift();
      }
      const before = running.length > 0 ? { ended: allOf(running), patience } : undefined;
      const result = storeAfter(before, importer, items, given);
      // A failure is thrown where the result is awaited.
      result.catch(() => undefined);
      running.push({ ...group, result });
    }
  } catch (error) {
    for (const { result } of running) yield await result;
    throw error;
  } finally {
    await Promise.allSettled(running.map(({ result }) => result));
  }
  for (const { result } of running) yield await result;
  return undefined;
}

const hasToWait = (group: Omit<RunningGroup, 'result'>, other: RunningGroup): boolean =>
  group.isAlone || other.isAlone || [...group.addresses].some((address) => other.addresses.has(address));

/** Fails with the first that fails; who awaits them all is told of it, and somebody else need not. */
function allOf(groups: readonly RunningGroup[]): Promise<unknown> {
  const ended = Promise.all(groups.map(({ result }) => result));
  ended.catch(() => undefined);
  return ended;
}

/** Stores or reads data that other groups depend on: definitions and Consents count for them, conditions look at them. */
const isAlone = (items: readonly ImportedItem[]): boolean =>
  items.some(
    (item) =>
      isResource(item) &&
      (definitionTypes.has(typeOf(item.resource)) ||
        typeOf(item.resource) === 'Consent' ||
        holdsCondition(item.resource)),
  );

const typeOf = ({ resourceType }: { readonly resourceType?: unknown }): string => String(resourceType);

/** A group before has not ended in time; perhaps it waits for locks of this one. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** The end of the groups before, and how many milliseconds an open transaction waits for it. */
interface GroupsBefore {
  readonly ended: Promise<unknown>;
  readonly patience: number;
}

async function storeAfter(
  before: GroupsBefore | undefined,
  importer: GroupStore,
  items: readonly ImportedItem[],
  given: ImportCircumstances,
): Promise<ImportResult> {
  if (!before) return importer.store(items, given);
  try {
    return await importer.attempt(items, keptAfter(before, given));
  } catch (error) {
    if (!(error instanceof FhirError || error instanceof Overtaken)) throw error;
  }
  await before.ended;
  return importer.store(items, given);
}

/** Circumstances under which a step is written down after those before it. */
function keptAfter(before: GroupsBefore, given: ImportCircumstances): ImportCircumstances {
  const { keep } = given;
  if (!keep) return given;
  return {
    ...given,
    keep: async (session, items, result) => {
      await inTime(before);
      await keep(session, items, result);
    },
  };
}

async function inTime({ ended: before, patience }: GroupsBefore): Promise<void> {
  const ended = new AbortController();
  const over = sleep(patience, undefined, { signal: ended.signal }).then(() => {
    throw new Overtaken();
  });
  over.catch(() => undefined);
  try {
    await Promise.race([before, over]);
  } finally {
    ended.abort();
  }
}
