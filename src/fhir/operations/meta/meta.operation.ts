import { Injectable } from '@nestjs/common';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { metaAnswer, returnedMeta } from './meta-parameters.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'meta',
  level: ['instance'],
  types: [...resourceTypes],
  affectsState: false,
  access: [{ permission: 'r' }],
  target: true,
  inTransaction: true,
  returns: returnedMeta,
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
  documentation: 'Profiles, tags and security labels of one resource.',
} as const satisfies OperationDeclaration;

/** https://hl7.org/fhir/R4/resource-operation-meta.html on one resource. */
@Injectable()
export class MetaOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  run({ target }: OperationCall<typeof declaration>): object {
    return metaAnswer(target['meta'] ?? {});
  }
}
