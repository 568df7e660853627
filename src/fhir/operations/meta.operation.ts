import { Injectable } from '@nestjs/common';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { type JsonObject, parseJson } from '../../r4/json/json.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { metaAnswer } from './meta-parameters.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

/** https://hl7.org/fhir/R4/resource-operation-meta.html on one resource. */
@Injectable()
export class MetaOperation implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'meta',
    level: ['instance'],
    types: [...resourceTypes],
    affectsState: false,
    access: [{ permission: 'r' }],
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
    documentation: 'Profiles, tags and security labels of one resource.',
  };

  constructor(private readonly readInteraction: ReadInteraction) {}

  async run({ context, type = '', id = '' }: OperationCall): Promise<object> {
    const { body } = await this.readInteraction.run(context, type, id);
    return metaAnswer((parseJson(body) as JsonObject)['meta'] ?? {});
  }
}
