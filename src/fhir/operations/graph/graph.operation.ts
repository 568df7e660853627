import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { textOf } from '../../../r4/json/items.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { writeJson } from '../../../r4/json/json.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { GraphReader } from './graph-reader.js';

const declaration = {
  code: 'graph',
  level: ['instance'],
  types: [...resourceTypes],
  affectsState: false,
  access: [{ permission: 'r' }],
  also: 'any',
  target: true,
  parameters: [
    {
      name: 'graph',
      type: 'uri',
      documentation: 'A GraphDefinition that the caller may read: its canonical, or GraphDefinition/[id].',
    },
    { name: 'definition', type: 'GraphDefinition', documentation: 'One in place of it; nothing of it is stored.' },
  ],
  returns: [{ name: 'result', type: 'Bundle', min: 1, documentation: 'The resource, and what the links reach.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-graph',
  documentation:
    'A resource and all that the links of a GraphDefinition reach from it, by paths and by searches, as far as the token may read and search.',
} as const satisfies OperationDeclaration;

function requireOne<T>(graph: T | undefined): T {
  if (graph !== undefined) return graph;
  const diagnostics =
    'The call names no graph: send the canonical of a GraphDefinition as "graph", or one as "definition".';
  throw new InvalidRequest({ code: 'required', diagnostics });
}

/** https://hl7.org/fhir/R4/resource-operation-graph.html (ADR 104). */
@Injectable()
export class GraphOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly graphs: GraphReader,
    private readonly searches: SearchInteraction,
  ) {}

  async run(call: OperationCall<typeof declaration>): Promise<object> {
    const { target, parameters } = call;
    const { base } = this.searches.options;
    const { graph, definition } = parameters;
    const resources = [target, ...(await this.graphs.reached(call, target, requireOne(graph ?? definition)))];
    const entries: string[] = [];
    for (const resource of resources) {
      const fullUrl = `${base}/${textOf(resource['resourceType'])}/${textOf(resource['id'])}`;
      entries.push(writeJson({ fullUrl, resource }));
      // In turns with other requests.
      await nextTurn();
    }
    return new JsonAnswer(`{"resourceType":"Bundle","type":"collection","entry":[${entries.join(',')}]}`);
  }
}
