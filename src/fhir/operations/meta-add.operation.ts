import { Injectable } from '@nestjs/common';
import { ChangeMetaInteraction } from '../interactions/change-meta.interaction.js';
import { addLabels } from '../../r4/model/labels.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { metaAnswer, metaParameter } from './meta-parameters.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

/** https://hl7.org/fhir/R4/resource-operation-meta-add.html */
@Injectable()
export class MetaAddOperation implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'meta-add',
    level: ['instance'],
    types: [...resourceTypes],
    affectsState: true,
    access: [{ permission: 'u' }],
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-add',
    documentation: 'Adds profiles, tags and security labels to one resource; makes a version unless all are there.',
  };

  constructor(private readonly changeMeta: ChangeMetaInteraction) {}

  async run({ context, type = '', id = '', input }: OperationCall): Promise<object> {
    const given = metaParameter(input, 'meta-add');
    return metaAnswer(await this.changeMeta.run(context, type, id, { given, combine: addLabels, removes: false }));
  }
}
