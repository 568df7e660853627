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
    const { kind, type, id = '', versionId = '' } = entry.interaction;
    if (kind === 'read') return this.version(entry, await this.readInteraction.run(context, type, id, from));
    if (kind === 'vread') {
      return this.version(entry, await this.vreadInteraction.run(context, type, id, versionId, from));
    }
    const text = await this.bundle(context, entry, from);
    return bundleEntryAnswer(entry.isHead ? '' : text);
  }

  private bundle(context: RequestContext, { interaction }: BundleEntry, from: ResourceRepository): Promise<string> {
    const { kind, type, id, query } = interaction;
    if (kind.startsWith('search-')) return this.searchInteraction.run(context, interaction, query, { from });
    if (!kind.startsWith('history-')) throw new NotOffered(`${kind} is not offered inside a bundle.`);
    const target = { ...(type !== '' && { type }), ...(id !== undefined && { id }) };
    return this.historyInteraction.run(context, target, query, from);
  }

  private version(entry: BundleEntry, found: StoredVersion): string {
    if (isUnchanged(entry, found)) return unchangedEntry(found);
    return readEntryAnswer(this.options.base, found, entry.isHead ? '' : subsetVersion(found, entry.subset).body);
  }
}

export const isReading = ({ interaction: { kind } }: BundleEntry): boolean => !writing.has(kind);

const writing: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
