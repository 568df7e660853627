import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { isUnchanged } from '../model/conditional-read.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { NotOffered } from '../model/request-errors.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { StoredVersion } from '../storage/stored-version.js';
import type { BundleEntry } from './bundle-entry.js';
import { bundleEntryAnswer, readEntryAnswer, unchangedEntry } from './entry-answer.js';
import { HistoryInteraction } from './history.interaction.js';
import { ReadInteraction } from './read.interaction.js';
import { SearchInteraction } from './search.interaction.js';
import { subsetVersion } from './subset-version.js';
import { VreadInteraction } from './vread.interaction.js';

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

  /** The entry of the response as text; a transaction reads `from` itself. */
  async answer(context: RequestContext, entry: BundleEntry, from = this.resources): Promise<string> {
    const { kind, type, id = '', versionId = '', query } = entry.interaction;
    switch (kind) {
      case 'read':
        return this.version(entry, await this.readInteraction.run(context, type, id, from));
      case 'vread':
        return this.version(entry, await this.vreadInteraction.run(context, type, id, versionId, from));
      case 'history-instance':
        return this.bundle(entry, await this.historyInteraction.run(context, { type, id }, query, from));
      case 'history-type':
        return this.bundle(entry, await this.historyInteraction.run(context, { type }, query, from));
      case 'history-system':
        return this.bundle(entry, await this.historyInteraction.run(context, {}, query, from));
      case 'search-type':
        return this.bundle(entry, await this.searchInteraction.run(context, type, query, { from }));
      default:
        throw new NotOffered(`${kind} is not offered inside a bundle.`);
    }
  }

  private version(entry: BundleEntry, found: StoredVersion): string {
    if (isUnchanged(entry, found)) return unchangedEntry(found);
    return readEntryAnswer(this.options.base, found, entry.isHead ? '' : subsetVersion(found, entry.subset).body);
  }

  private bundle({ isHead }: BundleEntry, text: string): string {
    return bundleEntryAnswer(isHead ? '' : text);
  }
}

export const isReading = ({ interaction: { kind } }: BundleEntry): boolean => !writing.has(kind);

const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
