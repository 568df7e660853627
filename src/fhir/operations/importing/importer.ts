import { Injectable } from '@nestjs/common';
import { FhirError, type Issue, TemporarilyUnavailable } from '../../../r4/errors/fhir-error.js';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { listOf, textOf } from '../../../r4/json/items.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { RequestContext } from '../../../scope/request-context.js';
import { WholeBundle } from '../../interactions/bundle/sent-bundle.js';
import { TransactionInteraction } from '../../interactions/bundle/transaction.interaction.js';
import { operator } from './operator.js';

/** A resource, its address and where it came from. */
export interface ImportedResource {
  readonly resource: JsonObject;
  /** `Type/id` */
  readonly address: string;
  /** For people, such as `Patient.ndjson:12`. */
  readonly place: string;
}

/** What became of resources. */
export interface ImportResult {
  readonly created: number;
  /** Were there already: with other content, which got a version, or with this one, which did not. */
  readonly known: number;
  readonly failures: readonly ImportFailure[];
}

export interface ImportFailure {
  readonly place: string;
  readonly issues: readonly Issue[];
}

/** Times that a group is sent again while the database is away, with a pause between. */
const mostTries = 30;

/** Stores resources at their ids, many in one transaction; what cannot be stored is named, and the others are (ADR 78). */
@Injectable()
export class Importer {
  constructor(
    private readonly transactions: TransactionInteraction,
    private readonly rules: AccessRules,
  ) {}

  /** No resource may be there twice. */
  async store(resources: readonly ImportedResource[], tries = 1): Promise<ImportResult> {
    if (resources.length === 0) return nothing;
    await this.rules.refresh();
    try {
      return await this.storeAll(resources);
    } catch (error) {
      if (error instanceof TemporarilyUnavailable && tries < mostTries) {
        await new Promise((done) => setTimeout(done, 1000));
        return this.store(resources, tries + 1);
      }
      if (!(error instanceof FhirError)) throw error;
      return this.storeOthers(resources, error);
    }
  }

  private async storeAll(resources: readonly ImportedResource[]): Promise<ImportResult> {
    const entry = resources.map(({ resource, address: url }) => ({ resource, request: { method: 'PUT', url } }));
    const bundle = new WholeBundle({ resourceType: 'Bundle', type: 'transaction', entry }, entry.length);
    const context = new RequestContext(await this.rules.consult(operator), this.rules);
    const text = await this.transactions.run(context, bundle, { prefer: 'minimal', responseLimit: 1 });
    const created = listOf((parseJson(text) as JsonObject)['entry']).filter(isCreated).length;
    return { created, known: resources.length - created, failures: [] };
  }

  /** Without those that the error names; where it names none, in halves. */
  private async storeOthers(resources: readonly ImportedResource[], error: FhirError): Promise<ImportResult> {
    const [only] = resources;
    if (only && resources.length === 1) return { ...nothing, failures: [{ place: only.place, issues: error.issues }] };
    const failed = issuesByEntry(error);
    if (failed.size > 0) {
      const failures = [...failed].map(([index, issues]) => ({ place: resources[index]!.place, issues }));
      const others = await this.store(resources.filter((_, index) => !failed.has(index)));
      return { ...others, failures: [...failures, ...others.failures] };
    }
    const half = Math.ceil(resources.length / 2);
    const [first, second] = [await this.store(resources.slice(0, half)), await this.store(resources.slice(half))];
    return {
      created: first.created + second.created,
      known: first.known + second.known,
      failures: [...first.failures, ...second.failures],
    };
  }
}

const nothing: ImportResult = { created: 0, known: 0, failures: [] };

const isCreated = (entry: unknown): boolean => {
  const { response } = entry as JsonObject;
  return isObject(response) && textOf(response['status']).startsWith('201');
};

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
