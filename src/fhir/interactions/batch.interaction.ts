import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Json, JsonObject } from '../model/json.js';
import type { PreferredReturn } from '../model/prefer.js';
import type { Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleEntry, entriesOf, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { Conditions } from './conditions.js';
import { CreateInteraction } from './create.interaction.js';
import { DeleteInteraction } from './delete.interaction.js';
import { doneEntry, failedEntry, matchedEntry, writtenEntry } from './entry-answer.js';
import { ReadEntryInteraction, isReading } from './read-entry.interaction.js';
import { requireSameId } from './parse-resource.js';
import { PatchInteraction } from './patch.interaction.js';
import { patchOfEntry } from './read-patch.js';
import { readable } from './readable.js';
import type { Settled } from './settled.js';
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
    private readonly conditions: Conditions,
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
      const entry = readEntry(json, index, { context, conditions: this.conditions });
      if (isReading(entry)) return await this.reading.answer(context, entry);
      return await this.answer(context, await this.write(context, entry), preference.prefer);
    } catch (error) {
      return failedEntry(preference.answerOf(error));
    }
  }

  private write(context: RequestContext, entry: BundleEntry): Promise<Written | Settled | readonly Written[]> {
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
  ): Promise<Written | readonly Written[]> {
    if (kind === 'delete') return this.deleteInteraction.runConditional(context, type, query, ifMatch);
    if (kind === 'patch') {
      return this.patchInteraction.runConditional(context, type, query, { patch: patchOfEntry(resource!), ifMatch });
    }
    const sent = { resource: resource!, ifMatch, ifNoneMatch };
    return this.updateInteraction.runConditional(context, type, query, sent);
  }

  private async answer(
    context: RequestContext,
    done: Written | Settled | readonly Written[],
    prefer?: PreferredReturn,
  ): Promise<string> {
    const { base } = this.options;
    if ('told' in done) {
      const { told, version } = done;
      const body = prefer === 'representation' ? version?.body : undefined;
      return matchedEntry(base, told, { isReadable: version !== undefined, body });
    }
    const [written, ...more] = 'versionId' in done ? [done] : done;
    if (!written || more.length > 0) return doneEntry;
    const isShown = prefer === 'representation' && (await readable(context, this.resources, [written])).has(written);
    return writtenEntry(base, written, { prefer, body: isShown ? written.body : undefined });
  }
}
