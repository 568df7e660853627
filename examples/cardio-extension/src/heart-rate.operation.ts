import { Inject, Injectable } from '@nestjs/common';
import type { Operation, OperationCall, OperationDeclaration } from 'lanyard-fhir/fhir';
import { heartRate, rateIn } from './heart-rate.js';
import { Limits } from './limits.js';

const declaration = {
  code: 'heart-rate',
  level: ['instance'],
  types: ['Patient'],
  affectsState: false,
  target: true,
  access: [{ permission: 'r' }, { permission: 's', type: 'Observation' }],
  returns: [
    { name: 'measured', type: 'integer', min: 1, documentation: 'How often it was measured.' },
    { name: 'fastest', type: 'decimal', documentation: 'The fastest rate, per minute.' },
    { name: 'limit', type: 'integer', min: 1, documentation: 'The limit of this patient.' },
  ],
  documentation: 'The heart rates of a patient in short.',
} as const satisfies OperationDeclaration;

/** `GET Patient/{id}/$heart-rate` */
@Injectable()
export class HeartRateOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(@Inject(Limits) private readonly limits: Limits) {}

  async run({ id, records }: OperationCall<typeof declaration>): Promise<object> {
    const found = await records.search('Observation', `patient=${id}&code=${heartRate}`);
    const rates = found.flatMap((observation) => rateIn(observation) ?? []);
    return {
      resourceType: 'Parameters',
      parameter: [
        { name: 'measured', valueInteger: rates.length },
        ...(rates.length > 0 ? [{ name: 'fastest', valueDecimal: Math.max(...rates) }] : []),
        { name: 'limit', valueInteger: await this.limits.of(`Patient/${id}`) },
      ],
    };
  }
}
