import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { FhirError, type Issue, TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { AccessRules } from '../../../scope/access-rules.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { WholeBundle } from '../../interactions/bundle/sent-bundle.js';
import { TransactionInteraction } from '../../interactions/bundle/transaction.interaction.js';
import type { SqlSession } from '../../storage/session/sql-session.js';
import { StorageFull } from '../../storage/session/storage-full.js';

/** Where something came from. */
interface Placed {
  /** For people, such as `Patient.ndjson:12`. */
  readonly place: string;
  /** For an import that goes on where it was. */
  readonly at?: ImportPosition;
}

/** How far a source was read. */
export interface ImportPosition {
  /** Number of the line, from 1. */
  readonly line: number;
  /** Number of the item in its line, from 0. */
  readonly item: number;
  /** Hash of the lines up to this one. */
  readonly digest: string;
  /** Bytes of them. */
  readonly bytes: number;
}

/** A resource, its address and where it came from. */
export interface ImportedResource extends Placed {
  readonly resource: JsonObject;
  /** `Type/id` */
  readonly address: string;
}

export interface ImportFailure extends Placed {
  readonly issues: readonly Issue[];
  /** The resource, if it was read and could not be stored. */
  readonly again?: ImportedResource;
}

/** A resource that came, or why there is none in its place. */
export type ImportedItem = ImportedResource | ImportFailure;

export const isResource = (item: ImportedItem): item is ImportedResource => 'resource' in item;

/** Numbers of resources by result. */
export interface ImportResult {
  readonly created: number;
  /** Were there already: with other content, which got a version, or with this one, which did not. */
  readonly known: number;
  readonly failures: readonly ImportFailure[];
}

/** For whom resources are stored. */
export interface ImportCircumstances {
  /** For one transaction. */
  readonly context: () => Promise<RequestContext>;
  /** Ends the import between two transactions. */
  readonly signal?: AbortSignal;
  /** Writes down what became of items, up to the last of them, in the transaction that stores those that it stores. */
  readonly keep?: (session: SqlSession, items: readonly ImportedItem[], result: ImportResult) => Promise<void>;
  /** After the commit. */
  readonly kept?: () => void;
  /** Everything is done and judged, and nothing is kept. */
  readonly isTrial?: boolean;
}

/** Times that items are sent again while the database is away, with a pause between. */
const mostTries = 30;

/**
 * Stores resources at their ids, many in one transaction, by the rules of the caller: what a client may not store, a file may not. What
 * cannot be stored is named, and the others are (ADR 84).
 */
@Injectable()
export class Importer {
  constructor(
    private readonly transactions: TransactionInteraction,
    private readonly rules: AccessRules,
  ) {}

  /** No resource may be there twice. */
  async store(items: readonly ImportedItem[], given: ImportCircumstances, tries = 1): Promise<ImportResult> {
    if (items.length === 0) return nothing;
    try {
      return await this.attempt(items, given);
    } catch (error) {
      if (error instanceof TemporarilyUnavailable && tries < mostTries) {
        await sleep(1000, undefined, given.signal && { signal: given.signal });
        return this.store(items, given, tries + 1);
      }
      given.signal?.throwIfAborted();
      // A full disk says nothing of the resources.
      if (!(error instanceof FhirError) || error instanceof StorageFull) throw error;
      return this.storeOthers(items, given, error);
    }
  }

  /** All items in one transaction, or none. */
  async attempt(items: readonly ImportedItem[], given: ImportCircumstances): Promise<ImportResult> {
    given.signal?.throwIfAborted();
    await this.rules.refresh();
    return this.storeAll(items, given);
  }

  private async storeAll(
    items: readonly ImportedItem[],
    { context, keep, kept, isTrial }: ImportCircumstances,
  ): Promise<ImportResult> {
    const resources = items.filter(isResource);
    const failures = items.filter((item) => !isResource(item)) as readonly ImportFailure[];
    const entry = resources.map(({ resource, address: url }) => ({ resource, request: { method: 'PUT', url } }));
    const bundle = new WholeBundle({ resourceType: 'Bundle', type: 'transaction', entry }, entry.length);
    let result = { ...nothing, failures };
    if (!keep && entry.length === 0) return result;
    const stored = this.transactions.store(await context(), bundle, async (tx, written) => {
      const created = written.filter((one) => one.created).length;
      result = { created, known: written.length - created, failures };
      await tx.beside(async (session) => keep?.(session, items, result));
      if (isTrial) throw new TrialOver();
    });
    await stored.catch((error: unknown) => {
      if (!(error instanceof TrialOver)) throw error;
    });
    kept?.();
    return result;
  }

  /** With failures in place of those that the error names; where it names none, in halves. */
  private async storeOthers(
    items: readonly ImportedItem[],
    given: ImportCircumstances,
    error: FhirError,
  ): Promise<ImportResult> {
    const places = items.flatMap((item, place) => (isResource(item) ? [place] : []));
    const byEntry = issuesByEntry(error);
    const failed = new Map([...byEntry].map(([entry, issues]) => [places[entry], issues]));
    if (failed.size === 0 && places.length === 1) failed.set(places[0], error.issues);
    if (failed.size > 0) {
      const others = items.map((item, place): ImportedItem => {
        const issues = failed.get(place);
        if (!issues || !isResource(item)) return item;
        const { at } = item;
        const told = issues.map((issue) => ofResource(issue, item));
        return { place: item.place, ...(at && { at }), issues: told, again: item };
      });
      return this.store(others, given);
    }
    const half = places[Math.ceil(places.length / 2)] ?? 0;
    // It fails without any resource: nothing that is left out would help.
    if (half === 0) throw error;
    const first = await this.store(items.slice(0, half), given);
    const second = await this.store(items.slice(half), given);
    return {
      created: first.created + second.created,
      known: first.known + second.known,
      failures: [...first.failures, ...second.failures],
    };
  }
}

/** The element in the resource, whatever group it came in. */
function ofResource(issue: Issue, { address }: ImportedResource): Issue {
  const { expression, ...others } = issue;
  const inner = /^Bundle\.entry\[\d+\](?:\.resource)?(.*)$/.exec(expression?.[0] ?? '')?.[1];
  return inner === undefined ? issue : { ...others, expression: [`${address.split('/', 1)[0]}${inner}`] };
}

/** Undoes the transaction of a trial. */
class TrialOver extends Error {
  override readonly name = 'TrialOver';
}

const nothing: ImportResult = { created: 0, known: 0, failures: [] };

/** Issues by the number of the entry that they name. */
function issuesByEntry({ issues }: FhirError): ReadonlyMap<number, readonly Issue[]> {
  const found = new Map<number, Issue[]>();
  for (const issue of issues) {
    const [, index] = /^Bundle\.entry\[(\d+)\]/.exec(issue.expression?.[0] ?? '') ?? [];
    if (index === undefined) continue;
    found.set(Number(index), [...(found.get(Number(index)) ?? []), issue]);
  }
  return found;
}
