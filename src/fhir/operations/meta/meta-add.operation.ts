import { Injectable } from '@nestjs/common';
import { ChangeMetaInteraction } from '../../interactions/change-meta.interaction.js';
import { addLabels } from '../../../r4/model/labels.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { givenMeta, metaAnswer, requireMetaLists, returnedMeta } from './meta-parameters.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'meta-add',
  level: ['instance'],
  types: [...resourceTypes],
  affectsState: true,
  access: [{ permission: 'u' }],
  also: [{ permission: 'r' }],
  parameters: givenMeta,
  returns: returnedMeta,
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-add',
  documentation: 'Adds profiles, tags and security labels to one resource; makes a version unless all are there.',
} as const satisfies OperationDeclaration;

/** https://hl7.org/fhir/R4/resource-operation-meta-add.html */
@Injectable()
export class MetaAddOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly changeMeta: ChangeMetaInteraction) {}

  async run({ context, type = '', id = '', parameters }: OperationCall<typeof declaration>): Promise<object> {
    const given = requireMetaLists(parameters.meta, 'meta-add');
    return metaAnswer(await this.changeMeta.run(context, type, id, { given, combine: addLabels, removes: false }));
  }
}
