// docs/extensions/operations.md: the example works as it stands
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { aPatient } from '../support/resources.js';
import { startServer } from '../support/server.js';

// The example begins.
const declaration = {
  code: 'hello',
  level: ['instance'],
  types: ['Patient'],
  affectsState: false,
  target: true,
  access: [{ permission: 'r' }],
  parameters: [{ name: 'word', type: 'string', documentation: 'How to greet.' }],
  documentation: 'Greets a patient.',
} as const satisfies OperationDeclaration;

@Injectable()
export class Hello implements Operation<typeof declaration> {
  readonly declaration = declaration;
  run({ target, parameters: { word = 'Hello' } }: OperationCall<typeof declaration>) {
    const valueString = `${word}, ${target['id'] as string}`;
    return { resourceType: 'Parameters', parameter: [{ name: 'greeting', valueString }] };
  }
}
// The example ends.

const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

it('greets', async () => {
  const [example] = /```ts\n([\s\S]*?)```/.exec(text('../../docs/extensions/operations.md'))!.slice(1);
  expect(text('./operations-guide.e2e.spec.ts')).toContain(`begins.\n${example!}// The example ends`);
  const server = await startServer({}, [FhirModule.forFeature({ name: 'test', operations: [Hello] })]);
  try {
    const token = server.token('user/Patient.cru');
    await server.call('PUT', 'Patient/p1', { token, body: { ...aPatient(), id: 'p1' } });
    const { body } = await server.call('GET', 'Patient/p1/$hello?word=Welcome', { token });
    expect(body.parameter).toEqual([{ name: 'greeting', valueString: 'Welcome, p1' }]);
  } finally {
    await server.close();
  }
});
