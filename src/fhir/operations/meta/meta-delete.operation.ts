import { Injectable } from '@nestjs/common';
import { ChangeMetaInteraction } from '../../interactions/change-meta.interaction.js';
import { removeLabels } from '../../../r4/model/labels.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { givenMeta, metaAnswer, requireMetaLists, returnedMeta } from './meta-parameters.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'meta-delete',
  level: ['instance'],
  types: [...resourceTypes],
  affectsState: true,
  // Taking labels away is a right of its own (docs/adr/0012): `u` alone must not lower one.
  access: [{ permission: 'u' }, { permission: 'd' }],
  also: [{ permission: 'r' }],
  parameters: givenMeta,
  returns: returnedMeta,
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-delete',
  documentation: 'Removes profiles, tags and security labels of one resource; needs the permission to delete as well.',
} as const satisfies OperationDeclaration;

/** https://hl7.org/fhir/R4/resource-operation-meta-delete.html */
@Injectable()
export class MetaDeleteOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly changeMeta: ChangeMetaInteraction) {}

  async run({ context, type = '', id = '', parameters }: OperationCall<typeof declaration>): Promise<object> {
    const given = requireMetaLists(parameters.meta, 'meta-delete');
    return metaAnswer(await this.changeMeta.run(context, type, id, { given, combine: removeLabels, removes: true }));
  }
}
