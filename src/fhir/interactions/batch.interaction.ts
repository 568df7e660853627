import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { decideRequest } from '../../scope/request-decision.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Json, JsonObject } from '../model/json.js';
import type { PreferredReturn } from '../model/prefer.js';
import { NotOffered } from '../model/request-errors.js';
import type { Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleEntry, entriesOf, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { CreateInteraction } from './create.interaction.js';
import { DeleteInteraction } from './delete.interaction.js';
import { failedEntry, writtenEntry } from './entry-answer.js';
import { ReadEntryInteraction, isReading } from './read-entry.interaction.js';
import { requireSameId } from './parse-resource.js';
import { PatchInteraction } from './patch.interaction.js';
import { patchOfEntry } from './read-patch.js';
import { readable } from './readable.js';
import { UpdateInteraction } from './update.interaction.js';

interface Preference {
  readonly prefer?: PreferredReturn | undefined;
  /** The answer of a failed entry, as if it was sent alone; defects of the server too, so that the others still count. */
  readonly answerOf: (error: unknown) => { readonly status: number; readonly outcome: object };
}

/** https://hl7.org/fhir/R4/http.html#transaction: a batch; each entry stands alone, as if sent by itself. */
@Injectable()
export class BatchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly createInteraction: CreateInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly patchInteraction: PatchInteraction,
    private readonly deleteInteraction: DeleteInteraction,
    private readonly reading: ReadEntryInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The batch-response Bundle as text. */
  async run(context: RequestContext, bundle: JsonObject, preference: Preference): Promise<string> {
    const answers: string[] = [];
    for (const [index, entry] of entriesOf(bundle, this.options.bundleEntries).entries()) {
      answers.push(await this.entry(context, entry, index, preference));
    }
    return bundleText('batch-response', [], answers);
  }

  private async entry(context: RequestContext, json: Json, index: number, preference: Preference): Promise<string> {
    try {
      const entry = readEntry(json, index, (interaction) => decideRequest(context, interaction));
      if (isReading(entry)) return await this.reading.answer(context, entry);
      return await this.answer(context, await this.write(context, entry), preference.prefer);
    } catch (error) {
      return failedEntry(preference.answerOf(error));
    }
  }

  private write(context: RequestContext, entry: BundleEntry): Promise<Written> {
    const { kind, type, id } = entry.interaction;
    if (kind === 'create') return this.createInteraction.run(context, type, entry.resource!);
    if (id === undefined) throw new NotOffered(`Conditional ${kind} is not offered by this server; name an id.`);
    const { ifMatch, ifNoneMatch } = entry;
    if (kind === 'delete') return this.deleteInteraction.run(context, type, id, ifMatch);
    if (kind === 'patch')
      return this.patchInteraction.run(context, type, id, { patch: patchOfEntry(entry.resource!), ifMatch });
    requireSameId(entry.resource!, type, id);
    return this.updateInteraction.run(context, type, id, { resource: entry.resource!, ifMatch, ifNoneMatch });
  }

  private async answer(context: RequestContext, written: Written, prefer?: PreferredReturn): Promise<string> {
    const isShown = prefer === 'representation' && (await readable(context, this.resources, [written])).has(written);
    return writtenEntry(this.options.base, written, { prefer, body: isShown ? written.body : undefined });
  }
}
