import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RequestContext } from '../../scope/request-context.js';
import { decideRequest } from '../../scope/request-decision.js';
import { WriteHooks } from '../hooks/write-hook.js';
import { InvalidRequest } from '../model/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Interaction } from '../model/interaction.js';
import type { JsonObject } from '../model/json.js';
import { NotOffered } from '../model/request-errors.js';
import { type Change, ChangesFailed, type Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { type BundleEntry, entriesOf, readEntry } from './bundle-entry.js';
import { bundleText } from './bundle-text.js';
import { bundleEntryAnswer, readEntryAnswer, writtenEntry } from './entry-answer.js';
import { atEntry, collectFailures, throwFailures } from './entry-failure.js';
import { requireSameId } from './parse-resource.js';
import { readable } from './readable.js';
import { ReadInteraction } from './read.interaction.js';
import { rewriteLinks } from './rewrite-links.js';
import { SearchInteraction } from './search.interaction.js';

/** An entry with the id it will have. */
interface PlannedEntry extends BundleEntry {
  readonly id?: string;
}

/** https://hl7.org/fhir/R4/http.html#transaction: all entries or none, DELETE – POST – PUT – GET. */
@Injectable()
export class TransactionInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly readInteraction: ReadInteraction,
    private readonly searchInteraction: SearchInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** The transaction-response Bundle as text. */
  async run(
    context: RequestContext,
    bundle: JsonObject,
    prefer: { readonly representation: boolean },
  ): Promise<string> {
    const decide = (interaction: Interaction) => decideRequest(context, interaction);
    const entries = collectFailures(entriesOf(bundle, this.options.bundleEntries), (json, index) => readEntry(json, index, decide));
    const planned = collectFailures(entries, plan);
    const targets = linkTargets(planned);
    const linked = collectFailures(planned, (entry) => link(entry, targets));
    const changes = await this.changes(context, linked);
    const answers = new Map<number, string>();
    await this.resources.transaction(async (tx) => {
      const written = await write(tx, changes);
      for (const [position, { entry }] of changes.entries()) {
        answers.set(entry.index, await this.answer(context, tx, written[position]!, prefer.representation));
      }
      for (const entry of linked) {
        if (isWrite(entry)) continue;
        answers.set(entry.index, await atEntry(entry.index, () => this.readEntry(context, tx, entry)));
      }
    });
    return bundleText(
      'transaction-response',
      [],
      entries.map(({ index }) => answers.get(index)!),
    );
  }

  /** The writes in the order of R4, after their hooks. */
  private async changes(context: RequestContext, entries: readonly PlannedEntry[]): Promise<readonly PlannedChange[]> {
    const changes: PlannedChange[] = [];
    for (const kind of ['delete', 'create', 'update'] as const) {
      for (const entry of entries) {
        if (entry.interaction.kind !== kind) continue;
        changes.push({ entry, change: await atEntry(entry.index, () => this.change(context, kind, entry)) });
      }
    }
    return changes;
  }

  private async change(
    context: RequestContext,
    kind: 'create' | 'update' | 'delete',
    entry: PlannedEntry,
  ): Promise<Change> {
    const { type } = entry.interaction;
    const id = entry.id!;
    const condition = entry.ifMatch === undefined ? {} : { ifMatch: entry.ifMatch };
    if (kind === 'delete') return { kind, access: context.accessTo(type, 'd'), type, id, ...condition };
    const content = await this.hooks.run({ interaction: kind, type, resource: entry.resource!, context });
    if (kind === 'create') return { kind, access: context.accessTo(type, 'c'), type, id, ...content };
    return { kind, access: context.accessTo(type, 'u'), type, id, ...content, ...condition };
  }

  private async answer(
    context: RequestContext,
    tx: ResourceRepository,
    written: Written,
    representation: boolean,
  ): Promise<string> {
    const shown = representation && !written.deleted && (await readable(context, tx, written));
    return writtenEntry(this.options.base, written, shown ? written.body : undefined);
  }

  private async readEntry(context: RequestContext, tx: ResourceRepository, entry: PlannedEntry): Promise<string> {
    const { kind, type, id, query } = entry.interaction;
    if (kind === 'read') {
      return readEntryAnswer(this.options.base, await this.readInteraction.run(context, type, id!, tx));
    }
    return bundleEntryAnswer(await this.searchInteraction.run(context, type, query, tx));
  }
}

interface PlannedChange {
  readonly entry: PlannedEntry;
  readonly change: Change;
}

const isWrite = ({ interaction }: BundleEntry): boolean =>
  interaction.kind === 'create' || interaction.kind === 'update' || interaction.kind === 'delete';

function plan(entry: BundleEntry): PlannedEntry {
  const { kind, type, id } = entry.interaction;
  switch (kind) {
    case 'create':
      return { ...entry, id: uuidv7() };
    case 'read':
    case 'search-type':
      return entry;
    case 'update':
    case 'delete':
      if (id === undefined) throw new NotOffered(`Conditional ${kind} is not offered by this server; name an id.`);
      if (kind === 'update') requireSameId(entry.resource!, type, id);
      return { ...entry, id };
    default:
      throw new NotOffered(`${kind} is not offered inside a transaction.`);
  }
}

/** `fullUrl` of every entry that creates or updates → the address it will have. */
function linkTargets(entries: readonly PlannedEntry[]): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  for (const { fullUrl, id, interaction, index } of entries) {
    if (fullUrl === undefined || id === undefined || interaction.kind === 'delete') continue;
    if (targets.has(fullUrl)) {
      throw new InvalidRequest({
        code: 'duplicate',
        diagnostics: `Two entries have the same fullUrl.`,
        expression: [`Bundle.entry[${index}].fullUrl`],
      });
    }
    targets.set(fullUrl, `${interaction.type}/${id}`);
  }
  return targets;
}

function link(entry: PlannedEntry, targets: ReadonlyMap<string, string>): PlannedEntry {
  if (!entry.resource) return entry;
  const { resource, dangling, conditional } = rewriteLinks(entry.resource, targets);
  const [lost] = dangling;
  if (lost) {
    throw new InvalidRequest({
      code: 'not-found',
      diagnostics: `"${lost.link.slice(0, 80)}" is the fullUrl of no entry in this bundle.`,
      expression: [lost.expression],
    });
  }
  if (conditional[0] !== undefined) throw new NotOffered(`Conditional references are not offered (${conditional[0]}).`);
  return { ...entry, resource };
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
