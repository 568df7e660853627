import { Injectable } from '@nestjs/common';
import { NotThisResource } from '../../r4/errors/request-errors.js';
import { type JsonObject, parseJson } from '../../r4/json/json.js';
import type { DefinitionSource } from '../../r4/model/definition-source.js';
import { type ElementDefinition, readStructure } from '../../r4/validation/profiles/model/structure.js';
import type { RequestContext } from '../../scope/request-context.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';
import { ReadableDefinitions, snapshotOf } from './readable-definitions.js';
import { UnknownDefinition } from './terminology/terminology-questions.js';

const type = 'StructureDefinition';

const declaration = {
  code: 'snapshot',
  level: ['type', 'instance'],
  types: [type],
  affectsState: false,
  access: [{ permission: 'r', type }],
  takesResource: true,
  parameters: [
    { name: 'definition', type, documentation: 'A definition with a differential; nothing of it is stored.' },
    {
      name: 'url',
      type: 'uri',
      documentation: 'Canonical of one that is stored or of a package, with or without version.',
    },
  ],
  returns: [
    { name: 'return', type, min: 1, documentation: 'The definition with a snapshot made of its differential.' },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/StructureDefinition-snapshot',
  documentation:
    'Lays the differential of a profile over its base. Elements of R4 itself come without their texts, unless the package hl7.fhir.r4.core is installed.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/structuredefinition-operation-snapshot.html */
@Injectable()
export class SnapshotOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly readInteraction: ReadInteraction,
    private readonly resources: ResourceRepository,
  ) {}

  async run({ context, id, parameters }: Call): Promise<object> {
    const source = new ReadableDefinitions(context, this.resources);
    const resource = parameters.definition ?? (await this.stored({ context, id, url: parameters.url }, source));
    const structure = readStructure(resource);
    if (!structure) throw new NotThisResource('The StructureDefinition needs a "url" and a "type".', type);
    return { ...resource, snapshot: { element: (await snapshotOf(structure, source)).map(defined) } };
  }

  private async stored(
    {
      context,
      id,
      url,
    }: { readonly context: RequestContext; readonly id: string | undefined; readonly url: string | undefined },
    source: DefinitionSource,
  ): Promise<JsonObject> {
    if (id !== undefined) return parseJson((await this.readInteraction.run(context, type, id)).body) as JsonObject;
    if (url === undefined)
      throw new NotThisResource(`The call names no definition: send it, send "url", or call ${type}/[id]/$snapshot.`);
    const [found] = await source.find(type, [url]);
    if (!found) throw new UnknownDefinition(type, url);
    return found.resource;
  }
}

/** Each element has a definition (sdf-3), and each modifier a reason (eld-18): R4's own are here without their texts. */
function defined(element: ElementDefinition): ElementDefinition {
  const { base, path, isModifier, definition, isModifierReason } = element;
  const origin = base?.path ?? path;
  const place = `${origin} (http://hl7.org/fhir/StructureDefinition/${origin.split('.')[0]!})`;
  return {
    ...element,
    definition: definition ?? `As R4 defines ${place}.`,
    ...(isModifier && { isModifierReason: isModifierReason ?? `R4 says why at ${place}.` }),
  };
}
