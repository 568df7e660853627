import type { RequestContext } from '../../../scope/request-context.js';
import { FhirError, InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { FhirOptions } from '../../fhir-options.js';
import { printable, UnknownType } from '../../../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../../../r4/model/resource-types.js';
import type { ConditionQuestion } from '../../storage/writing/statements/condition-statements.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import type { BundleEntry } from './bundle-entry.js';
import { UnresolvedReference } from '../conditional/condition-errors.js';
import type { ConditionReader } from '../conditional/condition-reader.js';
import { collectFailures, throwFailures } from './entry-failure.js';
import { conditionalLinks, linkTargets } from './link-entries.js';
import { LinkMatches } from './link-matches.js';
import { linksOf, withLinks } from './named-entries.js';
import { requireSameId } from '../parse-resource.js';
import { addressOf, type PlannedEntry } from './planned-entry.js';
import { isReading } from './read-entry.interaction.js';
import { exactlyOne, mostDeleted, oneAtMost, requireFew, updateTarget } from '../conditional/resolve-condition.js';
import type { Link, LinkTargets } from './rewrite-links.js';

export interface Plan {
  /** In the order of the bundle; a conditional delete stands here once for each match. */
  readonly entries: readonly PlannedEntry[];
  /** Text of each conditional reference → the address of its match. */
  readonly matches: LinkTargets;
}

interface AskedLink extends Link {
  readonly index: number;
  readonly question: ConditionQuestion;
}

interface PlanningMeans {
  readonly conditions: ConditionReader;
  readonly options: FhirOptions;
  readonly resources: Pick<ResourceRepository, 'stamps'>;
}

type Found = ReadonlyMap<ConditionQuestion, readonly StoredVersion[]>;

/** Plans the entries of a transaction by the matches of their conditions. */
export class EntryPlanner {
  private readonly asked = new Map<BundleEntry, ConditionQuestion>();
  /** Entries whose conditions name others by their fullUrl: they are asked once it is known what these are. */
  private readonly naming = new Set<BundleEntry>();
  private links: readonly AskedLink[] = [];
  /** Ids of resources that are made, the same each time it is planned. */
  private readonly ids = new Map<BundleEntry, string>();
  private readonly byUrl: ReadonlyMap<string, BundleEntry>;

  private constructor(
    private readonly context: RequestContext,
    private readonly entries: readonly BundleEntry[],
    private readonly means: PlanningMeans,
  ) {
    this.byUrl = new Map(entries.flatMap((entry) => (entry.fullUrl === undefined ? [] : [[entry.fullUrl, entry]])));
  }

  /** Throws the failures of every entry whose conditions cannot be asked. */
  static async of(
    context: RequestContext,
    entries: readonly BundleEntry[],
    means: PlanningMeans,
  ): Promise<EntryPlanner> {
    const planner = new EntryPlanner(context, entries, means);
    requireDifferentConditions(entries);
    await collectFailures(entries, (entry) => planner.ask(entry));
    await collectFailures(entries, (entry) => planner.requireKnown(entry));
    const questions = new Map<string, ConditionQuestion>();
    planner.links = (await collectFailures(entries, (entry) => planner.askLinks(entry, questions))).flat();
    return planner;
  }

  /** Nothing depends on what is stored. */
  get isUnconditional(): boolean {
    return this.asked.size === 0 && this.links.length === 0;
  }

  /** At the beginning of a transaction, so that all conditions see the state before it; one statement for all of them. Before it, by their matches of this moment. */
  async plan(tx: ResourceRepository): Promise<Plan> {
    const asked = [...this.asked].flatMap(([entry, question]) => (this.naming.has(entry) ? [] : [question]));
    const questions = [...new Set([...asked, ...this.links.map(({ question }) => question)])];
    const found = new Map(await this.resolve(tx, questions, questions));
    if (this.naming.size > 0) {
      const known = this.entries.filter((entry) => !this.naming.has(entry));
      const targets = linkTargets(await this.planEach(known, found));
      const others = [...this.naming].map((entry) => this.asked.get(entry)!);
      const linked = others.map((one) => ({ ...one, condition: withLinks(one.condition, targets) }));
      for (const [question, matches] of await this.resolve(tx, others, linked)) found.set(question, matches);
    }
    return this.planned(found);
  }

  /** The matches of questions as they are asked. */
  private async resolve(
    tx: ResourceRepository,
    questions: readonly ConditionQuestion[],
    asked: readonly ConditionQuestion[],
  ): Promise<readonly (readonly [ConditionQuestion, readonly StoredVersion[]])[]> {
    const found = await this.means.conditions.resolve(this.context, tx, asked);
    return questions.map((question, i) => [question, found[i]!] as const);
  }

  /** The plan of entries that are unconditional. */
  async planned(found: Found = new Map()): Promise<Plan> {
    const entries = await this.planEach(this.entries, found);
    requireMatchesKept(entries);
    return { entries, matches: await this.matches(found, entries) };
  }

  private async planEach(entries: readonly BundleEntry[], found: Found): Promise<readonly PlannedEntry[]> {
    const planned = await collectFailures(entries, (entry) => {
      const question = this.asked.get(entry);
      return question
        ? this.resolved(entry, question, found.get(question)!)
        : [entry.interaction.kind === 'create' ? this.created(entry) : addressed(entry)];
    });
    return planned.flat();
  }

  /** However often something is referred to, that it is not there is told once. */
  private async matches(found: Found, entries: readonly PlannedEntry[]): Promise<LinkTargets> {
    const first = new Map(this.links.toReversed().map((link) => [link.question, link]));
    const after = new LinkMatches(entries);
    const addresses = await collectFailures(byPlace([...first.values()]), (link) => {
      const { question } = link;
      return [question, matchOf(link, after.of(question.condition, found.get(question)!))] as const;
    });
    const byQuestion = new Map(addresses);
    return new Map(this.links.map(({ link, question }) => [link, byQuestion.get(question)!]));
  }

  private ask(entry: BundleEntry): void {
    if (!entry.condition) return;
    const most = entry.interaction.kind === 'delete' ? mostDeleted(this.means.options) + 1 : 2;
    this.asked.set(entry, this.means.conditions.question(this.context, entry.condition, most));
    if (linksOf(entry.condition, (link) => this.byUrl.has(link)).length > 0) this.naming.add(entry);
  }

  /** Conditions are resolved in two steps. Throws 400 where one names an entry of the second step: that would take a third. */
  private requireKnown(entry: BundleEntry): void {
    if (!this.naming.has(entry)) return;
    const [link] = linksOf(entry.condition!, (one) => this.naming.has(this.byUrl.get(one)!));
    if (link === undefined) return;
    const fact = `The condition "${entry.condition!.text}" names "${printable(link)}", an entry whose own condition names another.`;
    throw new InvalidRequest({
      code: 'not-supported',
      diagnostics: `${fact} Send this entry in a transaction of its own.`,
    });
  }

  /** Asks one question for each text, and one for two texts that mean the same. */
  private askLinks(entry: BundleEntry, questions: Map<string, ConditionQuestion>): readonly AskedLink[] {
    return conditionalLinks(entry).map((link) => {
      let question = questions.get(link.link);
      if (!question) {
        const asked = this.askLink(link);
        question = questions.get(asked.condition.key) ?? asked;
        questions.set(link.link, question).set(asked.condition.key, question);
      }
      return { ...link, index: entry.index, question };
    });
  }

  private askLink({ link, expression }: Link): ConditionQuestion {
    try {
      const [type = '', ...query] = link.split('?');
      if (!isResourceType(type)) throw new UnknownType(type, suggestType(type));
      const condition = this.means.conditions.read(this.context, type, new URLSearchParams(query.join('?')));
      return { ...this.means.conditions.question(this.context, condition), onlyReads: true };
    } catch (error) {
      if (!(error instanceof InvalidRequest || error instanceof UnknownType)) throw error;
      const diagnostics = `The reference "${printable(link)}" cannot be resolved. ${error.message}`;
      throw new InvalidRequest({ code: 'invalid', diagnostics, expression: [expression] });
    }
  }

  private created(entry: BundleEntry): PlannedEntry {
    const id = this.ids.get(entry) ?? this.means.resources.stamps.newId(entry.interaction.type);
    this.ids.set(entry, id);
    return { ...entry, action: 'create', id };
  }

  private resolved(
    entry: BundleEntry,
    { condition }: ConditionQuestion,
    found: readonly StoredVersion[],
  ): readonly PlannedEntry[] {
    switch (entry.interaction.kind) {
      case 'create': {
        const matched = oneAtMost(condition, found);
        return [matched ? onMatch(entry, 'match', matched) : this.created(entry)];
      }
      case 'update': {
        const { matched, ...target } = updateTarget(condition, found, entry.resource!, entry.ifMatch);
        if (matched) return [onMatch(entry, 'update', matched)];
        return [target.id === undefined ? this.created(entry) : { ...entry, action: 'update', ...target }];
      }
      case 'patch':
        return [onMatch(entry, 'patch', exactlyOne(this.context, condition, found))];
      default:
        requireFew(condition, found, this.means.options);
        return found.map((matched) => onMatch(entry, 'delete', matched));
    }
  }
}

const byPlace = (links: readonly AskedLink[]) => links.toSorted((one, other) => one.index - other.index);

const onMatch = (entry: BundleEntry, action: PlannedEntry['action'], matched: StoredVersion): PlannedEntry => ({
  ...entry,
  action,
  id: matched.id,
  matched,
});

function addressed(entry: BundleEntry): PlannedEntry {
  const { kind, type, id } = entry.interaction;
  if (isReading(entry)) return { ...entry, action: 'read' };
  if (kind === 'update') requireSameId(entry.resource!, type, id!);
  return { ...entry, action: kind as PlannedEntry['action'], id: id! };
}

function matchOf({ question, expression }: AskedLink, [match, ...more]: readonly string[]): string {
  if (match === undefined || more.length > 0)
    throw new UnresolvedReference(question.condition, match === undefined ? 0 : 2, expression);
  return match;
}

/** Two writes under one condition would both see the state before, and make two of what it is to keep single. */
function requireDifferentConditions(entries: readonly BundleEntry[]): void {
  const positions = new Map<string, number>();
  for (const { index, condition } of entries) {
    if (!condition) continue;
    const first = positions.get(condition.key);
    positions.set(condition.key, index);
    if (first !== undefined) throwTwice(first, index, `Two entries have the condition "${condition.text}".`);
  }
}

/** Throws if a bundle deletes the match of its conditional create, because other entries may refer to it. */
function requireMatchesKept(entries: readonly PlannedEntry[]): void {
  const deleted = new Map(
    entries.flatMap((entry) => (entry.action === 'delete' ? [[addressOf(entry), entry.index]] : [])),
  );
  for (const entry of entries) {
    const by = entry.action === 'match' ? deleted.get(addressOf(entry)) : undefined;
    if (by !== undefined) {
      throwTwice(
        by,
        entry.index,
        `One entry deletes ${addressOf(entry)}, which another one takes for what it would create.`,
      );
    }
  }
}

function throwTwice(first: number, second: number, diagnostics: string): void {
  const error: FhirError = new InvalidRequest({ code: 'duplicate', diagnostics });
  throwFailures([
    { index: first, error },
    { index: second, error },
  ]);
}
