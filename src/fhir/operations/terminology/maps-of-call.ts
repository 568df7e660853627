import { ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import type { Translated } from '../../../r4/terminology/questions/translate.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { Records } from '../../extensions/records.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { IncompleteQuestion } from './terminology-questions.js';

/** Maps of one code system that a call without a name may look at. */
const mostMaps = 50;

interface Means {
  readonly context: RequestContext;
  readonly resources: ResourceRepository;
  readonly records: Records;
}

interface NamedMap {
  readonly url?: string | undefined;
  readonly conceptMapVersion?: string | undefined;
  readonly conceptMap?: JsonObject | undefined;
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
      const found = await this.byCanonical([canonicalText(url, conceptMapVersion)]);
      return found.length > 0 ? found : undefined;
    }
    const { context, resources } = this.of;
    const found = await resources.find(context.accessTo('ConceptMap', 'r'), id);
    if (!found || found.deleted) throw new ResourceNotFound({ type: 'ConceptMap', id });
    return [parseJson(found.body) as Part];
  }

  /** Maps from the code systems of the codes, or to them; of several versions, the one that its url means. */
  async withSystems(codes: readonly Translated[], isBack: boolean): Promise<readonly Part[]> {
    const systems = codes.flatMap(({ system }) => system ?? []);
    if (systems.length === 0)
      throw new IncompleteQuestion(
        'The call names neither a ConceptMap nor the code system of a code: send "url" or "conceptMap", or "system".',
      );
    const query = new URLSearchParams({ [isBack ? 'target-system' : 'source-system']: systems.map(escaped).join(',') });
    const found = await this.of.records.search('ConceptMap', query, mostMaps);
    const urls = new Set(found.flatMap(({ url }) => (typeof url === 'string' ? [url] : [])));
    return [...(await this.byCanonical([...urls])), ...found.filter(({ url }) => typeof url !== 'string')];
  }

  async byCanonical(canonicals: readonly string[]): Promise<readonly Part[]> {
    if (canonicals.length === 0) return [];
    const { context, resources } = this.of;
    const access = context.accessTo('ConceptMap', 'r');
    const rows = await resources.findCanonicals(access, canonicals.map(parseCanonical));
    return rows.map(({ body }) => parseJson(body) as Part);
  }
}

/** https://hl7.org/fhir/R4/search.html#escaping */
const escaped = (value: string): string => value.replaceAll(/[\\$,|]/g, String.raw`\$&`);
