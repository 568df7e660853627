import { Inject, Injectable } from '@nestjs/common';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import { CodeSystem } from '../../r4/terminology/code-system.js';
import { ConceptReader } from '../../r4/terminology/concept.js';
import { type Part, partsOf, textOf } from '../../r4/terminology/read-resource.js';
import type { StoredConcepts } from '../../r4/terminology/stored-concepts.js';
import { readValueSet, type ValueSet } from '../../r4/terminology/value-set.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { RemoteConcepts } from './remote-concepts.js';
import { ServerAway, TerminologyServer } from './terminology-server.js';
import { TerminologyUnavailable } from './terminology-unavailable.js';

/** Elements of a CodeSystem that say how its codes are read; none of its concepts. */
const elements = 'url,version,name,title,status,content,caseSensitive,hierarchyMeaning,property';

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

  constructor(@Inject(FHIR_OPTIONS) private readonly options: Pick<FhirOptions, 'terminology'>) {
    this.servers = (options.terminology?.servers ?? []).map((one) => new TerminologyServer(one));
  }

  /** False: the settings name none. */
  get isThere(): boolean {
    return this.servers.length > 0;
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
      const answer = await server.ask({ path: `ConceptMap/$translate?${query.toString()}` });
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
    const elsewhere = { load: 0, concepts: 0, content: 'complete' };
    const concepts = new RemoteConcepts(server, { system: url, version }, new ConceptReader(head));
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
      const bundle = await server.ask({ path: `${type}?${query.toString()}` });
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
  concepts: (codes) => asking(() => of.concepts(codes)),
  page: (query, part) => asking(() => of.page(query, part)),
  count: (query) => asking(() => of.count(query)),
  codes: (selection, most) => asking(() => of.codes(selection, most)),
  links: () => of.links(),
});
