import { Injectable } from '@nestjs/common';
import { isObject, type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { VreadInteraction } from '../../interactions/vread.interaction.js';
import { CurrentVersions } from '../../storage/reading/current-versions.js';
import { OperationAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { AnswerBuilder } from './answer-builder.js';
import { AnswerSize } from './answer-object.js';
import { ArgumentCheck } from './argument-check.js';
import { ElementFilter } from './element-filter.js';
import { queryType } from './fields.js';
import { type Node, stored } from './node.js';
import { planQuery } from './plan-query.js';
import { graphqlErrors } from './query-errors.js';
import { readQuery } from './read-query.js';
import { StoredData } from './stored-data.js';

const declaration = {
  code: 'graphql',
  level: ['system', 'instance'],
  types: [...resourceTypes],
  affectsState: false,
  access: [{ permission: 'r' }],
  also: 'any',
  answersBytes: 'application/json',
  bodies: { 'application/graphql': ofText, 'application/json': ofJson },
  errorForm: graphqlErrors,
  parameters: [
    { name: 'query', type: 'string', min: 1, documentation: 'The query, in GraphQL.' },
    {
      name: 'operationName',
      type: 'string',
      documentation: 'The operation that is meant, where the query has several.',
    },
    { name: 'variables', type: 'string', documentation: 'Values of variables: a JSON object.' },
  ],
  returns: [{ name: 'result', type: 'Binary', min: 1, documentation: 'JSON, as GraphQL has it: data, or errors.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-graphql',
  documentation:
    'Elements of a resource, of what it refers to and of what refers to it, by GraphQL; at system level of resources by id or by search. ' +
    'All of it as the token may read and search. Queries only.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/graphql.html (ADR 87). */
@Injectable()
export class GraphqlOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly versions: CurrentVersions,
    private readonly vreads: VreadInteraction,
    private readonly searches: SearchInteraction,
  ) {}

  async run({ context, type, id, parameters, budget }: Call): Promise<object> {
    const { trail } = context;
    if (trail && !trail.request.interaction.query.has('query'))
      trail.form = new URLSearchParams({ query: parameters.query }).toString();
    const { offer, options } = this.searches;
    const query = readQuery(parameters);
    const fields = planQuery(query, type ?? queryType, new ArgumentCheck(offer));
    const [versions, vreads, searches] = [this.versions, this.vreads, this.searches];
    const limit = budget.bytes;
    const data = new StoredData({ context, budget, versions, vreads, searches });
    const means = { data, filter: new ElementFilter(), offer, base: options.base };
    const root = type === undefined || id === undefined ? theSystem : await rootOf(data, type, id);
    for (;;) {
      const answer = await new AnswerBuilder(means, new AnswerSize(limit)).build(fields, root);
      if (!data.isWaiting) return new OperationAnswer({ data: answer.toJson() }, 200);
      await data.fetch();
    }
  }
}

const theSystem: Node = { type: queryType, value: {} };

/** The resource that the query is about, read as a read reads it. */
async function rootOf(data: StoredData, type: string, id: string): Promise<Node> {
  data.resource({ type, id });
  await data.fetch();
  const reading = data.resource({ type, id });
  if (reading instanceof FhirError) throw reading;
  return stored(reading!);
}

/** Parameters of a body that is the query itself. */
function ofText(text: string): JsonObject {
  return { resourceType: 'Parameters', parameter: [{ name: 'query', valueString: text }] };
}

/** Parameters of a body of GraphQL over HTTP; Parameters are taken as they are. */
function ofJson(text: string): JsonObject {
  const sent = parseJson(text);
  if (!isObject(sent) || sent['resourceType'] === 'Parameters') return isObject(sent) ? sent : {};
  const { variables, extensions: _, ...others } = sent;
  const parameter = Object.entries(others).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name, valueString: value }],
  );
  const given =
    variables === null || variables === undefined ? [] : [{ name: 'variables', valueString: writeJson(variables) }];
  return { resourceType: 'Parameters', parameter: [...parameter, ...given] };
}
