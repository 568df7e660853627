import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { decideRequest } from '../../scope/request-decision.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Json, JsonObject } from '../model/json.js';
import { NotOffered } from '../model/request-errors.js';
import type { Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleEntry, entriesOf, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { CreateInteraction } from './create.interaction.js';
import { DeleteInteraction } from './delete.interaction.js';
import { bundleEntryAnswer, failedEntry, readEntryAnswer, writtenEntry } from './entry-answer.js';
import { HistoryInteraction } from './history.interaction.js';
import { requireSameId } from './parse-resource.js';
import { readable } from './readable.js';
import { ReadInteraction } from './read.interaction.js';
import { SearchInteraction } from './search.interaction.js';
import { UpdateInteraction } from './update.interaction.js';
import { VreadInteraction } from './vread.interaction.js';

interface Preference {
  readonly representation: boolean;
  /** The answer of a failed entry, as if it was sent alone; defects of the server too, so that the others still count. */
  readonly answerOf: (error: unknown) => { readonly status: number; readonly outcome: object };
}

/** https://hl7.org/fhir/R4/http.html#transaction: a batch; each entry stands alone, as if sent by itself. */
@Injectable()
export class BatchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly createInteraction: CreateInteraction,
    private readonly readInteraction: ReadInteraction,
    private readonly vreadInteraction: VreadInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly deleteInteraction: DeleteInteraction,
    private readonly historyInteraction: HistoryInteraction,
    private readonly searchInteraction: SearchInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The batch-response Bundle as text. */
  async run(context: RequestContext, bundle: JsonObject, prefer: Preference): Promise<string> {
    const answers: string[] = [];
    for (const [index, entry] of entriesOf(bundle).entries()) {
      answers.push(await this.entry(context, entry, index, prefer));
    }
    return bundleText('batch-response', [], answers);
  }

  private async entry(context: RequestContext, json: Json, index: number, prefer: Preference): Promise<string> {
    try {
      const entry = readEntry(json, index, (interaction) => decideRequest(context, interaction));
      return await this.perform(context, entry, prefer);
    } catch (error) {
      return failedEntry(prefer.answerOf(error));
    }
  }

  private async perform(context: RequestContext, entry: BundleEntry, prefer: Preference): Promise<string> {
    const { kind, type, id, versionId, query } = entry.interaction;
    const base = this.options.base;
    switch (kind) {
      case 'read':
        return readEntryAnswer(base, await this.readInteraction.run(context, type, id!));
      case 'vread':
        return readEntryAnswer(base, await this.vreadInteraction.run(context, type, id!, versionId!));
      case 'history-instance':
        return bundleEntryAnswer(await this.historyInteraction.run(context, type, id!, query));
      case 'search-type':
        return bundleEntryAnswer(await this.searchInteraction.run(context, type, query));
      default:
        return this.written(context, await this.write(context, entry), prefer);
    }
  }

  private write(context: RequestContext, entry: BundleEntry): Promise<Written> {
    const { kind, type, id } = entry.interaction;
    if (kind === 'create') return this.createInteraction.run(context, type, entry.resource!);
    if (id === undefined || (kind !== 'update' && kind !== 'delete')) {
      throw new NotOffered(`${id === undefined ? `Conditional ${kind}` : kind} is not offered by this server.`);
    }
    if (kind === 'delete') return this.deleteInteraction.run(context, type, id, entry.ifMatch);
    requireSameId(entry.resource!, type, id);
    return this.updateInteraction.run(context, type, id, { resource: entry.resource!, ifMatch: entry.ifMatch });
  }

  private async written(context: RequestContext, written: Written, prefer: Preference): Promise<string> {
    const shown = prefer.representation && !written.deleted && (await readable(context, this.resources, written));
    return writtenEntry(this.options.base, written, shown ? written.body : undefined);
  }
}
