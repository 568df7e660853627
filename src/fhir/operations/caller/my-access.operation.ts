import { Inject, Injectable } from '@nestjs/common';
import { myAccess } from '../../../scope/explain/my-access.js';
import { myAccessParameters } from '../../../scope/explain/my-access-parameters.js';
import { myAccessText } from '../../../scope/explain/my-access-text.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { type Operation, type OperationCall, type OperationDeclaration, TextAnswer } from '../operation.js';

const declaration = {
  code: 'my-access',
  level: ['system'],
  affectsState: false,
  access: 'any-token',
  also: 'any',
  answersText: true,
  inTransaction: true,
  returns: [{ name: 'return', type: 'Parameters', min: 1, documentation: 'What the token may do, type by type.' }],
  documentation:
    'What the token may do: permissions by type, patient, expiry, policies, and scopes that do not count. JSON, XML or text/plain.',
} as const satisfies OperationDeclaration;

/** `$my-access`: what the token that asks may do, type by type. Looks at no stored data. */
@Injectable()
export class MyAccessOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(@Inject(FHIR_OPTIONS) private readonly options: FhirOptions) {}

  run({ context, wantsText }: OperationCall): object {
    const { base } = this.options;
    const mine = myAccess(context);
    return wantsText ? new TextAnswer(myAccessText(mine, base)) : myAccessParameters(mine, base);
  }
}
