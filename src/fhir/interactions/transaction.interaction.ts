import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RequestContext } from '../../scope/request-context.js';
import { decideRequest } from '../../scope/request-decision.js';
import { WriteHooks } from '../hooks/write-hook.js';
import { FhirError } from '../model/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Interaction } from '../model/interaction.js';
import type { JsonObject } from '../model/json.js';
import type { PreferredReturn } from '../model/prefer.js';
import { NotOffered } from '../model/request-errors.js';
import { type Change, ChangesFailed, type Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleEntry, entriesOf, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { writtenEntry } from './entry-answer.js';
import { atEntry, collectFailures, type EntryFailure, throwFailures } from './entry-failure.js';
import { ReadEntryInteraction, isReading } from './read-entry.interaction.js';
import { linkEntry, linkTargets } from './link-entries.js';
import { requireSameId } from './parse-resource.js';
import { PatchInteraction } from './patch.interaction.js';
import { patchOfEntry } from './read-patch.js';
import { readable } from './readable.js';

/** An entry with the id it will have. */
export interface PlannedEntry extends BundleEntry {
  readonly id?: string;
}

interface PlannedChange {
  readonly entry: PlannedEntry;
  readonly change: Change;
}

type Preference = { readonly prefer?: PreferredReturn | undefined };

/** https://hl7.org/fhir/R4/http.html#transaction: all entries or none, DELETE – POST – PUT and PATCH – GET. */
@Injectable()
export class TransactionInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly patchInteraction: PatchInteraction,
    private readonly reading: ReadEntryInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The transaction-response Bundle as text. */
  async run(context: RequestContext, bundle: JsonObject, preference: Preference): Promise<string> {
    const decide = (interaction: Interaction) => decideRequest(context, interaction);
    const sent = entriesOf(bundle, this.options.bundleEntries);
    const entries = collectFailures(sent, (json, index) => readEntry(json, index, decide));
    const planned = collectFailures(entries, plan);
    const targets = linkTargets(planned);
    const linked = collectFailures(planned, (entry) => linkEntry(entry, targets));
    const changes = await this.changes(context, linked);
    const answers = new Map<number, string>();
    await this.resources.transaction(async (tx) => {
      const written = await write(tx, changes);
      const shown = preference.prefer === 'representation' ? await readable(context, tx, written) : new Set<Written>();
      for (const [position, one] of written.entries()) {
        const answer = { ...preference, body: shown.has(one) ? one.body : undefined };
        answers.set(changes[position]!.entry.index, writtenEntry(this.options.base, one, answer));
      }
      for (const entry of linked.filter(isReading)) {
        answers.set(entry.index, await atEntry(entry.index, () => this.reading.answer(context, entry, tx)));
      }
    });
    return bundleText(
      'transaction-response',
      [],
      entries.map(({ index }) => answers.get(index)!),
    );
  }

  /** The writes in the order of R4, checked; one answer names every entry whose content is not valid. */
  private async changes(context: RequestContext, entries: readonly PlannedEntry[]): Promise<readonly PlannedChange[]> {
    const changes: PlannedChange[] = [];
    const failures: EntryFailure[] = [];
    for (const kinds of [['delete'], ['create'], ['update', 'patch']]) {
      for (const entry of entries) {
        if (!kinds.includes(entry.interaction.kind)) continue;
        try {
          changes.push({ entry, change: await this.change(context, entry) });
        } catch (error) {
          if (!(error instanceof FhirError) || error.status >= 500) throw error;
          failures.push({ index: entry.index, error });
        }
      }
    }
    throwFailures(failures.toSorted((one, other) => one.index - other.index));
    return changes;
  }

  private async change(context: RequestContext, entry: PlannedEntry): Promise<Change> {
    const { kind, type } = entry.interaction;
    const address = { type, id: entry.id! };
    const condition = conditionOf(entry);
    if (kind === 'delete') return { kind, access: context.accessTo(type, 'd'), ...address, ...condition };
    if (kind === 'patch') {
      const patch = patchOfEntry(entry.resource!);
      const edit = (current: JsonObject) => this.patchInteraction.patched(context, type, current, patch);
      return { kind: 'edit', access: context.accessTo(type, 'u'), ...address, edit, ...condition };
    }
    const interaction = kind === 'create' ? kind : 'update';
    const content = await this.hooks.run({ interaction, type, resource: entry.resource!, context });
    return interaction === 'create'
      ? { kind: interaction, access: context.accessTo(type, 'c'), ...address, ...content }
      : { kind: interaction, access: context.accessTo(type, 'u'), ...address, ...content, ...condition };
  }
}

const conditionOf = ({ ifMatch, ifNoneMatch }: BundleEntry): Pick<BundleEntry, 'ifMatch' | 'ifNoneMatch'> => ({
  ...(ifMatch !== undefined && { ifMatch }),
  ...(ifNoneMatch !== undefined && { ifNoneMatch }),
});

function plan(entry: BundleEntry): PlannedEntry {
  const { kind, type, id } = entry.interaction;
  if (isReading(entry)) return entry;
  if (kind === 'create') return { ...entry, id: uuidv7() };
  if (id === undefined) throw new NotOffered(`Conditional ${kind} is not offered by this server; name an id.`);
  if (kind === 'update') requireSameId(entry.resource!, type, id);
  return { ...entry, id };
}

async function write(tx: ResourceRepository, changes: readonly PlannedChange[]): Promise<readonly Written[]> {
  try {
    return await tx.write(changes.map(({ change }) => change));
  } catch (error) {
    if (error instanceof ChangesFailed) {
      throwFailures(error.failures.map((failure) => ({ ...failure, index: changes[failure.index]!.entry.index })));
    }
    throw error;
  }
}
