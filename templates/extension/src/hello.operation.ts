import { Injectable } from '@nestjs/common';
import type { Operation, OperationCall, OperationDeclaration } from 'lanyard-fhir/fhir';

const declaration = {
  code: 'zephyr-hello',
  level: ['instance'],
  types: ['Patient'],
  affectsState: false,
  target: true,
  access: [{ permission: 'r' }],
  also: [{ permission: 's', type: 'Observation' }],
  parameters: [{ name: 'word', type: 'string', documentation: 'How to greet.' }],
  returns: [
    { name: 'greeting', type: 'string', min: 1, documentation: 'The word and the id of the patient.' },
    { name: 'observations', type: 'integer', documentation: 'How many the caller may find.' },
  ],
  documentation: 'Greets a patient, and counts the observations of the record.',
} as const satisfies OperationDeclaration;

/** `GET Patient/ada/$zephyr-hello?word=Welcome` */
@Injectable()
export class HelloOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  async run({ context, records, target, parameters: { word = 'Hello' } }: OperationCall<typeof declaration>) {
    const id = target['id'] as string;
    const parameter: object[] = [{ name: 'greeting', valueString: `${word}, ${id}` }];
    // As the caller: rows out of reach are neither read nor counted.
    if (context.may('Observation', 's')) {
      const found = await records.search('Observation', new URLSearchParams({ patient: `Patient/${id}` }));
      parameter.push({ name: 'observations', valueInteger: found.length });
    }
    return { resourceType: 'Parameters', parameter };
  }
}
