import { ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import type { Translated } from '../../../r4/terminology/questions/translate.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { TooCostly } from '../../interactions/answer-budget.js';
import type { SearchInteraction } from '../../interactions/search/search.interaction.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { SearchPage } from '../../storage/searching/search-page.js';
import { IncompleteQuestion } from './terminology-questions.js';

/** Maps of one code system that a call without a name may look at, and bytes of them. */
const mostMaps = 50;
const mostBytes = 64 * 1024 ** 2;
/** Bytes of the maps that are in memory at once; a larger one is there alone. */
const bytesAtOnce = 1024 ** 2;

interface Means {
  readonly context: RequestContext;
  readonly resources: ResourceRepository;
  readonly searches: SearchInteraction;
}

interface NamedMap {
  readonly url?: string | undefined;
  readonly conceptMapVersion?: string | undefined;
  readonly conceptMap?: JsonObject | undefined;
}

/** A call that names no map. */
interface AskedOfAll {
  readonly codes: readonly Translated[];
  readonly isBack: boolean;
  /** The only code system to which codes are translated. */
  readonly other?: string | undefined;
}

/** ConceptMaps of one call, as far as its caller may read them. */
export class MapsOfCall {
  constructor(private readonly of: Means) {}

  /** The map that the call is on, sends or names. Undefined: nothing that the caller may read has the canonical. */
  async named(
    id: string | undefined,
    { url = '', conceptMapVersion, conceptMap }: NamedMap,
  ): Promise<readonly Part[] | undefined> {
    if (conceptMap) return [conceptMap];
    if (id === undefined) {
      const found = await this.byCanonical(canonicalText(url, conceptMapVersion));
      return found && [found];
    }
    const { context, resources } = this.of;
    const found = await resources.find(context.accessTo('ConceptMap', 'r'), id);
    if (!found || found.deleted) throw new ResourceNotFound({ type: 'ConceptMap', id });
    return [parseJson(found.body) as Part];
  }

  /**
   * Maps from the code systems of the codes, or to them, one after another; of several versions, the one that its url means. Throws 422 for
   * more than a call may look at.
   */
  async *withSystems(asked: AskedOfAll): AsyncGenerator<Part> {
    const systems = systemsOf(asked);
    const spent = { maps: 0, bytes: 0 };
    for await (const { rows, hasNext } of this.pages(queryOf(systems, asked))) {
      spent.maps += rows.length;
      spent.bytes += rows.reduce((sum, { body }) => sum + body.length, 0);
      if (spent.maps > mostMaps || (hasNext && spent.maps === mostMaps)) throw tooMany(systems, `${mostMaps} of them`);
      if (spent.bytes > mostBytes) throw tooMany(systems, `${mostBytes / 1024 ** 2} MiB of them`);
      yield* await this.meant(rows);
    }
  }

  private async *pages(query: URLSearchParams): AsyncGenerator<SearchPage> {
    const { context, searches } = this.of;
    let page: SearchPage | undefined;
    do {
      const after = page?.edges?.last;
      const asked = { count: mostMaps, bytes: bytesAtOnce, ...(after && { after }) };
      page = await searches.matches(context, { type: 'ConceptMap', query }, asked);
      yield page;
    } while (page.hasNext);
  }

  /** Without versions of maps whose urls mean another one. */
  private async meant(rows: SearchPage['rows']): Promise<readonly Part[]> {
    const read = rows.map(({ id, body }) => ({ id, map: parseJson(body) as Part }));
    const urls = new Set(read.flatMap(({ map: { url } }) => (typeof url === 'string' ? [url] : [])));
    const { context, resources } = this.of;
    const canonicals = [...urls].map(parseCanonical);
    const access = context.accessTo('ConceptMap', 'r');
    const found = urls.size === 0 ? [] : await resources.findCanonicals(access, canonicals, { known: 'all' });
    const ids = new Set(found.map(({ id }) => id));
    return read.filter(({ id, map }) => typeof map['url'] !== 'string' || ids.has(id)).map(({ map }) => map);
  }

  async byCanonical(canonical: string): Promise<Part | undefined> {
    const { context, resources } = this.of;
    const [found] = await resources.findCanonicals(context.accessTo('ConceptMap', 'r'), [parseCanonical(canonical)]);
    return found && (parseJson(found.body) as Part);
  }
}

function systemsOf({ codes }: AskedOfAll): readonly string[] {
  const systems = [...new Set(codes.flatMap(({ system }) => system ?? []))];
  if (systems.length > 0) return systems;
  throw new IncompleteQuestion(
    'The call names neither a ConceptMap nor the code system of a code: send "url" or "conceptMap", or "system".',
  );
}

const queryOf = (systems: readonly string[], { isBack, other }: AskedOfAll): URLSearchParams =>
  new URLSearchParams({
    [isBack ? 'target-system' : 'source-system']: systems.map(escaped).join(','),
    ...(other !== undefined && { [isBack ? 'source-system' : 'target-system']: escaped(other) }),
  });

const tooMany = (systems: readonly string[], most: string): TooCostly =>
  new TooCostly(
    `The ConceptMaps of ${systems.slice(0, 3).join(', ')} are more than one call may look at, which is ${most}: name one by "url", or a code system by "targetsystem".`,
  );

/** https://hl7.org/fhir/R4/search.html#escaping */
const escaped = (value: string): string => value.replaceAll(/[\\$,|]/g, String.raw`\$&`);
