import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../../scope/request-context.js';
import { isUnchanged } from '../../../r4/rest/conditional-read.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { NotOffered } from '../../../r4/errors/request-errors.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { AnswerBudget } from '../answer-budget.js';
import type { BundleEntry } from './bundle-entry.js';
import { bundleEntryAnswer, operationEntryAnswer, readEntryAnswer, unchangedEntry } from './entry-answer.js';
import { HistoryInteraction } from '../history.interaction.js';
import { ReadInteraction } from '../read.interaction.js';
import { SearchInteraction } from '../search/search.interaction.js';
import { subsetVersion } from '../subset-version.js';
import { VreadInteraction } from '../vread.interaction.js';

/** The GET and HEAD entries of batches and transactions (https://hl7.org/fhir/R4/http.html#transaction). */
@Injectable()
export class ReadEntryInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly readInteraction: ReadInteraction,
    private readonly vreadInteraction: VreadInteraction,
    private readonly historyInteraction: HistoryInteraction,
    private readonly searchInteraction: SearchInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The entry of the response as text; a transaction reads `from` itself. Throws `TooCostly` once nothing has room. */
  async answer(
    context: RequestContext,
    entry: BundleEntry,
    budget: AnswerBudget,
    from = this.resources,
  ): Promise<string> {
    budget.require();
    if (entry.operation) return this.called(context, entry, { budget, from });
    const { kind, type, id = '', versionId = '' } = entry.interaction;
    if (kind === 'read' || kind === 'vread') {
      const found = await (kind === 'read'
        ? this.readInteraction.run(context, type, id, from)
        : this.vreadInteraction.run(context, type, id, versionId, from));
      budget.take(found.body);
      return this.version(entry, found);
    }
    const had = budget.bytes;
    const text = await this.bundle(context, entry, { from, budget });
    budget.settle(had - text.length);
    return bundleEntryAnswer(entry.isHead ? '' : text);
  }

  private async called(
    context: RequestContext,
    { operation, isHead }: BundleEntry,
    { budget, from }: { readonly budget: AnswerBudget; readonly from: ResourceRepository },
  ): Promise<string> {
    const had = budget.bytes;
    // Outside a transaction it is called as if it was sent alone.
    const outcome = await operation!.run(context, { budget, ...(from.isTransaction && { from }) });
    budget.settle(had - outcome.json.length);
    return operationEntryAnswer(isHead ? { ...outcome, json: '' } : outcome);
  }

  private bundle(
    context: RequestContext,
    { interaction }: BundleEntry,
    circumstances: { readonly from: ResourceRepository; readonly budget: AnswerBudget },
  ): Promise<string> {
    const { kind, type, id, query } = interaction;
    if (kind.startsWith('search-')) return this.searchInteraction.run(context, interaction, query, circumstances);
    if (!kind.startsWith('history-')) throw new NotOffered(`${kind} is not offered inside a bundle.`);
    const target = { ...(type !== '' && { type }), ...(id !== undefined && { id }) };
    return this.historyInteraction.run(context, target, query, circumstances);
  }

  private async version(entry: BundleEntry, found: StoredVersion): Promise<string> {
    if (isUnchanged(entry, found)) return unchangedEntry(found);
    const { body } = entry.isHead ? { body: '' } : await subsetVersion(found, entry.subset);
    return readEntryAnswer(this.options.base, found, body);
  }
}

export const isReading = ({ interaction: { kind } }: BundleEntry): boolean => !writing.has(kind);

const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
