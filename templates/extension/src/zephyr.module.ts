import { Module } from '@nestjs/common';
import { FhirModule } from 'lanyard-fhir/fhir';
import { HelloOperation } from './hello.operation.js';
import { OwnClinic } from './own-clinic.policy.js';
import { PatientNeedsFamily } from './patient-needs-family.hook.js';
import { preferredName } from './preferred-name.parameter.js';

/** Everything that this extension adds to a server. */
@Module({
  imports: [
    FhirModule.forFeature({
      name: '@acme/zephyr',
      operations: [HelloOperation],
      hooks: [PatientNeedsFamily],
      policies: [OwnClinic],
      searchParameters: [preferredName],
    }),
  ],
})
export class ZephyrModule {}
