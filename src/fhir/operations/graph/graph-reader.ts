import { Injectable } from '@nestjs/common';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { textOf } from '../../../r4/json/items.js';
import { parseReference } from '../../../r4/model/reference.js';
import { parseCanonical } from '../../../r4/terminology/canonical.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { VreadInteraction } from '../../interactions/vread.interaction.js';
import { CurrentVersions } from '../../storage/reading/current-versions.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { Allowance } from '../graphql/allowance.js';
import { Matching } from '../graphql/matching.js';
import { StoredData } from '../graphql/stored-data.js';
import type { OperationCall } from '../operation.js';
import { UnknownDefinition } from '../terminology/terminology-questions.js';
import { GraphWalk } from './graph-walk.js';
import { readGraph } from './read-graph.js';

const type = 'GraphDefinition';

type Call = Pick<OperationCall, 'context' | 'budget' | 'records'>;

/** Reads what a GraphDefinition reaches from a resource, by the caller's own access. */
@Injectable()
export class GraphReader {
  constructor(
    private readonly versions: CurrentVersions,
    private readonly vreads: VreadInteraction,
    private readonly searches: SearchInteraction,
    private readonly resources: ResourceRepository,
  ) {}

  /**
   * `graph`: a GraphDefinition, its canonical, or a reference to a stored one. The resource that it begins at is not in the answer. Throws 404 for one
   * that the caller cannot read, and `GraphNotOffered`.
   */
  async reached(
    { context, budget, records }: Call,
    root: JsonObject,
    graph: string | JsonObject,
  ): Promise<readonly JsonObject[]> {
    const { options, parameters } = this.searches;
    const definition = typeof graph === 'string' ? await this.definition({ context, records }, graph) : graph;
    const links = readGraph(definition, textOf(root['resourceType']));
    const { versions, vreads, searches } = this;
    const data = new StoredData({ context, budget, versions, vreads, searches });
    const matching = new Matching({ context, budget, searches }, new Allowance());
    return new GraphWalk({ data, matching, parameters, base: options.base }, root).reached(links);
  }

  private async definition({ context, records }: Omit<Call, 'budget'>, graph: string): Promise<JsonObject> {
    const local = parseReference(graph, this.searches.options.base);
    if (local?.type === type) return records.read(type, local.id);
    const [found] = await this.resources.findCanonicals(context.accessTo(type, 'r'), [parseCanonical(graph)]);
    if (!found) throw new UnknownDefinition(type, graph);
    return parseJson(found.body) as JsonObject;
  }
}
