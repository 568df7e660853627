import { Module } from '@nestjs/common';
import { type BeforeWrite, FhirModule, type Hook } from 'lanyard-fhir/fhir';
import { InvalidRequest } from 'lanyard-fhir/r4';

/** A heart rate comes with the device that measured it. */
class NeedsDevice implements Hook {
  readonly name = 'needs-device';
  readonly types = ['Observation'];

  beforeWrite({ resource }: BeforeWrite): undefined {
    if (!JSON.stringify(resource['code'] ?? {}).includes('"8867-4"') || 'device' in resource) return;
    throw new InvalidRequest({
      code: 'required',
      diagnostics: 'A heart rate (LOINC 8867-4) needs the device that measured it.',
      expression: ['Observation.device'],
    });
  }
}

/** Everything of this package; another module of yours may have controllers and providers, too. */
@Module({ imports: [FhirModule.forFeature({ name: '@acme/cardio', hooks: [NeedsDevice] })] })
export class CardioModule {}
