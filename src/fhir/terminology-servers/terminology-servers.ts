import { Inject, Injectable } from '@nestjs/common';
import type { MemberQuestion } from '../../r4/model/definition-source.js';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import { CodeSystem } from '../../r4/terminology/code-systems/code-system.js';
import { ConceptReader } from '../../r4/terminology/code-systems/concept.js';
import { type Part, partsOf, textOf } from '../../r4/terminology/read-resource.js';
import { selectConcepts } from '../../r4/terminology/filters/select-concepts.js';
import type { StoredConcepts } from '../../r4/terminology/code-systems/stored-concepts.js';
import { readValueSet, type ValueSet } from '../../r4/terminology/value-sets/value-set.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { RemoteConcepts } from './remote-concepts.js';
import type { QuestionBudget } from './question-budget.js';
import { type Asked, ServerAway, TerminologyServer } from './terminology-server.js';
import { TerminologyUnavailable } from './terminology-unavailable.js';

/** Elements of a CodeSystem that say how its codes are read; none of its concepts. */
const elements = 'url,version,name,title,status,content,caseSensitive,hierarchyMeaning,property';

/** Seconds for which counts that no server is asked about a canonical. */
const keepNobody = 3600;

/** Some of the codes of a code system are there, or none: no other code is wrong for that (https://hl7.org/fhir/R4/valueset-codesystem-content-mode.html). */
const isPartial = ({ content }: Part): boolean =>
  content === 'fragment' || content === 'example' || content === 'supplement';

/** 503 as {@link TerminologyUnavailable}, of a server whose absence may be told in an answer (`TERMINOLOGY_AWAY=warning`). */
export class ServerUnavailable extends TerminologyUnavailable {
  constructor(
    readonly server: string,
    readonly mayBeTold: boolean,
  ) {
    super(server);
  }
}

/** Other terminology servers, by the canonicals that they are asked about; one without any is asked about the rest (docs/adr/0091). */
@Injectable()
export class TerminologyServers {
  private readonly servers: readonly TerminologyServer[];
  private readonly budget: QuestionBudget | undefined;

  constructor(@Inject(FHIR_OPTIONS) private readonly options: Pick<FhirOptions, 'terminology'>) {
    this.servers = (options.terminology?.servers ?? []).map((one) => new TerminologyServer(one));
  }

  /** False: the settings name none. */
  get isThere(): boolean {
    return this.servers.length > 0;
  }

  /** These servers with a budget: each request is taken from it, and `TooManyQuestions` is thrown when it is spent. */
  within(budget: QuestionBudget): TerminologyServers {
    return Object.create(this, { budget: { value: budget } }) as TerminologyServers;
  }

  /** Host of the server that is asked about a canonical. */
  nameFor(canonical: string): string {
    return this.serverFor(parseCanonical(canonical).url)?.name ?? '';
  }

  /** Milliseconds for which its answers count. */
  keepMsOf(canonical: string): number {
    return (this.serverFor(parseCanonical(canonical).url)?.settings.keep ?? keepNobody) * 1000;
  }

  /**
   * True if a code is one of a code system and satisfies the filters; undefined: no server has all of its codes. A code that no value set names is
   * asked only of a server whose settings name its system. Throws {@link ServerUnavailable} and `CannotExpand`.
   */
  async isMember({ system: name, code, filters }: MemberQuestion, isBound: boolean): Promise<boolean | undefined> {
    const { url } = parseCanonical(name);
    if (!isBound && this.serverFor(url)?.claims(url) !== true) return undefined;
    const head = await this.definition('CodeSystem', name, elements);
    const system = await this.codeSystem(name);
    if (!system?.stored) return undefined;
    const found = await system.stored.find(code, await selectConcepts(system, filters));
    // A server that has no such code system has none of its codes.
    return found?.isSelected ?? (head && !isPartial(head) ? false : undefined);
  }

  /** In the order of the names; throws {@link ServerUnavailable}. */
  codeSystems(names: readonly string[]): Promise<readonly (CodeSystem | undefined)[]> {
    return Promise.all(names.map((name) => this.codeSystem(name)));
  }

  valueSets(names: readonly string[]): Promise<readonly (ValueSet | undefined)[]> {
    return Promise.all(
      names.map(async (name) => {
        const found = await this.definition('ValueSet', name);
        return found && readValueSet(found);
      }),
    );
  }

  /** Answers `ConceptMap/$translate` about a map that is not here; undefined: no server has it. */
  translate(url: string, query: URLSearchParams): Promise<Part | undefined> {
    const server = this.serverFor(url);
    if (!server) return Promise.resolve(undefined);
    return this.asking(server, async () => {
      const answer = await server.ask({ path: `ConceptMap/$translate?${query.toString()}` }, this.budget);
      if (answer && answer['resourceType'] !== 'Parameters')
        throw new ServerAway(`${server.name} answers $translate without Parameters`);
      return answer;
    });
  }

  private async codeSystem(name: string): Promise<CodeSystem | undefined> {
    const { url, version } = parseCanonical(name);
    const server = this.serverFor(url);
    if (!server) return undefined;
    const found = (await this.definition('CodeSystem', name, elements)) ?? (server.claims(url) ? { url } : undefined);
    if (!found) return undefined;
    const head = { ...found, url, version: textOf(found['version']) ?? version };
    const asked = { name: server.name, ask: (question: Asked) => server.ask(question, this.budget) };
    const elsewhere = { load: 0, concepts: 0, content: 'complete', phrases: [] };
    const concepts = new RemoteConcepts(asked, { system: url, version }, new ConceptReader(head));
    return new CodeSystem(head, elsewhere).with(guarded(concepts, (work) => this.asking(server, work)));
  }

  /** Found by a search: of several the first, which has to be the one that was asked for. */
  private async definition(type: 'ValueSet' | 'CodeSystem', name: string, only?: string): Promise<Part | undefined> {
    const { url, version } = parseCanonical(name);
    const server = this.serverFor(url);
    if (!server) return undefined;
    const query = new URLSearchParams({
      url,
      ...(version !== undefined && { version }),
      ...(only !== undefined && { _elements: only }),
    });
    return this.asking(server, async () => {
      const bundle = await server.ask({ path: `${type}?${query.toString()}` }, this.budget);
      const resources = partsOf(bundle?.['entry']).flatMap((entry) => partsOf([entry['resource']]));
      return resources.find(
        (one) =>
          one['resourceType'] === type && one['url'] === url && (version === undefined || one['version'] === version),
      );
    });
  }

  private serverFor(canonical: string): TerminologyServer | undefined {
    return this.servers.find((one) => one.claims(canonical)) ?? this.servers.find((one) => one.isForAll);
  }

  private async asking<T>(server: TerminologyServer, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ServerAway)
        throw new ServerUnavailable(server.name, this.options.terminology?.away === 'warning');
      throw error;
    }
  }
}

type Asking = <T>(work: () => Promise<T>) => Promise<T>;

/** Throws {@link ServerUnavailable} instead of the errors of a server that is away. */
const guarded = (of: RemoteConcepts, asking: Asking): StoredConcepts => ({
  size: of.size,
  tell: (code) => asking(() => of.tell(code)),
  find: (code, selection) => asking(() => of.find(code, selection)),
  known: (codes) => asking(() => of.known(codes)),
  concepts: (codes) => asking(() => of.concepts(codes)),
  page: (query, part) => asking(() => of.page(query, part)),
  count: (query) => asking(() => of.count(query)),
  codes: (selection, most) => asking(() => of.codes(selection, most)),
  links: () => of.links(),
});
