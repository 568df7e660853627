import { Injectable } from '@nestjs/common';
import { NotThisResource, printable } from '../../../r4/errors/request-errors.js';
import { textOf } from '../../../r4/json/items.js';
import { type JsonObject, writeJson } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { parseReference } from '../../../r4/model/reference.js';
import { isId } from '../../../r4/rest/interaction.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { TooCostly } from '../../interactions/answer-budget.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { GraphReader } from '../graph/graph-reader.js';
import { documentText } from './document-bundle.js';
import { type DocumentRow, documentRows } from './document-rows.js';

const declaration = {
  code: 'document',
  level: ['type', 'instance'],
  types: ['Composition'],
  affectsState: false,
  affectsStateBy: 'persist',
  access: [{ permission: 'r' }],
  also: 'any',
  parameters: [
    {
      name: 'id',
      type: 'uri',
      documentation: 'The id or the address of the Composition, where the address of the call names none.',
    },
    { name: 'persist', type: 'boolean', documentation: 'Store the document as a Bundle as well; by POST.' },
    {
      name: 'graph',
      type: 'uri',
      documentation: 'A GraphDefinition, as $graph takes it: what its links reach is in the document as well.',
    },
  ],
  returns: [{ name: 'return', type: 'Bundle', min: 1, documentation: 'The document.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/Composition-document',
  documentation:
    'The document of a Composition: all that it refers to, and the practitioners, organizations and the like that this refers to. ' +
    'What the token cannot read is missing from no document: it is 422. Parameters: id, persist, graph.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;
type GraphCall = Pick<Call, 'context' | 'budget' | 'records'> & {
  readonly target: JsonObject;
  readonly graph: string | undefined;
};

/** https://hl7.org/fhir/R4/composition-operation-document.html (ADR 81). */
@Injectable()
export class DocumentOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
    private readonly graphs: GraphReader,
  ) {}

  async run({ context, budget, id: addressed, parameters, records }: Call): Promise<object> {
    const { base } = this.searches.options;
    const id = addressed ?? idOf(parameters.id, base);
    const target = await records.read('Composition', id);
    const composition = { type: 'Composition', id, body: writeJson(target) };
    const rows = await documentRows(this, composition, {
      context,
      budget,
      base,
      parameters: this.searches.parameters,
    });
    const more = await this.graphRows({ context, budget, records, target, graph: parameters.graph }, rows);
    const text = documentText(base, [composition, ...rows, ...more]);
    if (parameters.persist !== true) return new JsonAnswer(text);
    const { bodyLimit } = this.searches.options;
    if (Buffer.byteLength(text) > bodyLimit)
      throw new TooCostly(
        `The document has more than the ${bodyLimit} bytes that a resource may have (setting BODY_LIMIT), so that it cannot be stored. Ask for it without persist.`,
      );
    const bundle = await readStored(text);
    const stored = await records.create(bundle);
    return { ...bundle, id: stored.id };
  }

  /** Resources that the graph reaches and the document lacks. */
  private async graphRows(
    { target, graph, ...call }: GraphCall,
    rows: readonly DocumentRow[],
  ): Promise<readonly DocumentRow[]> {
    if (graph === undefined) return [];
    const known = new Set(rows.map(({ type, id }) => `${type}/${id}`));
    const reached = await this.graphs.reached(call, target, graph);
    return reached
      .map((one) => ({ type: textOf(one['resourceType']), id: textOf(one['id']), body: writeJson(one) }))
      .filter(({ type, id }) => !known.has(`${type}/${id}`));
  }
}

/** The id in the parameter: alone, or in an address of this server. */
function idOf(sent: string | undefined, base: string): string {
  if (sent === undefined)
    throw new NotThisResource('The call names no Composition: send "id", or call Composition/[id]/$document.');
  if (isId(sent)) return sent;
  const address = parseReference(sent, base);
  if (address?.type === 'Composition') return address.id;
  throw new NotThisResource(`"${printable(sent)}" is no id, and no address of a Composition on this server.`);
}
