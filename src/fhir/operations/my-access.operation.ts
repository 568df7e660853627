import { Inject, Injectable } from '@nestjs/common';
import { describeAccess } from '../../scope/my-access.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

/** `$my-access`: what the token that asks may do, type by type. Looks at no stored data. */
@Injectable()
export class MyAccessOperation implements Operation {
  readonly declaration: OperationDeclaration;

  constructor(@Inject(FHIR_OPTIONS) { base }: FhirOptions) {
    this.declaration = {
      code: 'my-access',
      level: ['system'],
      affectsState: false,
      access: 'any-token',
      definition: `${base}/OperationDefinition/my-access`,
      documentation: 'What the token may do: permissions by type, patient, expiry, and scopes that do not count.',
    };
  }

  run({ context }: OperationCall): object {
    return describeAccess(context);
  }
}
