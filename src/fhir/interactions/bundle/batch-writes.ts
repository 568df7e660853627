import type { RequestContext } from '../../../scope/request-context.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import type { Written } from '../../storage/writing/change.js';
import type { IdempotentRequest } from '../../storage/writing/idempotent-request.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { BundleEntry } from './bundle-entry.js';
import type { CreateInteraction } from '../create.interaction.js';
import type { DeleteInteraction } from '../delete.interaction.js';
import { conditionalLinks } from './link-entries.js';
import { requireSameId } from '../parse-resource.js';
import type { PatchInteraction } from '../patch.interaction.js';
import { patchOfEntry } from '../read-patch.js';
import { type RepeatedCreate, summaryOf, type WriteSummary } from '../write-summary.js';
import type { UpdateInteraction } from '../update.interaction.js';

/** Result of an entry that writes; a conditional delete may have deleted any number. */
export type BatchWrite = Written | RepeatedCreate | readonly Written[];

/** Carries out an entry as if it was sent by itself. */
export class BatchWrites {
  constructor(
    private readonly createInteraction: CreateInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly patchInteraction: PatchInteraction,
    private readonly deleteInteraction: DeleteInteraction,
  ) {}

  /** Returns the writes as a part of a transaction. */
  within(tx: ResourceRepository): BatchWrites {
    return new BatchWrites(
      this.createInteraction.within(tx),
      this.updateInteraction.within(tx),
      this.patchInteraction.within(tx),
      this.deleteInteraction.within(tx),
    );
  }

  write(context: RequestContext, entry: BundleEntry): Promise<BatchWrite> {
    refuseConditionalReferences(entry);
    const { kind, type, id, query, condition } = entry.interaction;
    if (kind === 'create') return this.createInteraction.run(context, type, entry.resource!, { condition });
    if (id === undefined) return this.writeConditional(context, entry, query);
    const { ifMatch, ifNoneMatch } = entry;
    if (kind === 'delete') return this.deleteInteraction.run(context, type, id, ifMatch);
    if (kind === 'patch')
      return this.patchInteraction.run(context, type, id, { patch: patchOfEntry(entry.resource!), ifMatch });
    requireSameId(entry.resource!, type, id);
    return this.updateInteraction.run(context, type, id, { resource: entry.resource!, ifMatch, ifNoneMatch });
  }

  private writeConditional(
    context: RequestContext,
    { interaction: { kind, type }, resource, ifMatch, ifNoneMatch }: BundleEntry,
    query: URLSearchParams,
  ): Promise<BatchWrite> {
    if (kind === 'delete') return this.deleteInteraction.runConditional(context, type, query, ifMatch);
    if (kind === 'patch') {
      return this.patchInteraction.runConditional(context, type, query, { patch: patchOfEntry(resource!), ifMatch });
    }
    const sent = { resource: resource!, ifMatch, ifNoneMatch };
    return this.updateInteraction.runConditional(context, type, query, sent);
  }
}

/** https://hl7.org/fhir/R4/http.html#trules has them in transactions: what they name may be made by another entry. */
function refuseConditionalReferences(entry: BundleEntry): void {
  const [found] = conditionalLinks(entry);
  if (!found) return;
  throw new InvalidRequest({
    code: 'not-supported',
    diagnostics:
      `"${printable(found.link)}" is a conditional reference. These are resolved in transactions only, since each entry of ` +
      'a batch stands alone. Send a Bundle of type transaction, or refer to the resource by its id.',
    expression: [found.expression],
  });
}

/** Returns the summaries that are kept for a client that sends the batch again. */
export function summariesOf(done: BatchWrite): readonly WriteSummary[] {
  if ('told' in done) return [done.told];
  return 'versionId' in done ? [summaryOf(done)] : done.map(summaryOf);
}

/** Keys of clients have no blanks, so that this one is nobody else's. */
export const onceForEntry = (once: IdempotentRequest, index: number): IdempotentRequest => ({
  ...once,
  key: `${once.key} ${index}`,
});
