import { Injectable } from '@nestjs/common';
import type { BeforeWrite, Hook } from 'lanyard-fhir/fhir';
import { FhirError } from 'lanyard-fhir/r4';

class FamilyMissing extends FhirError {
  readonly status = 422;
}

/** Refuses patients without a family name, whichever way they are written. */
@Injectable()
export class PatientNeedsFamily implements Hook {
  readonly name = 'patient-needs-family';
  readonly types = ['Patient'];

  beforeWrite({ resource }: BeforeWrite): undefined {
    const names = (resource['name'] ?? []) as readonly { readonly family?: string }[];
    if (names.some(({ family }) => family !== undefined)) return;
    throw new FamilyMissing({
      code: 'business-rule',
      diagnostics: 'A Patient needs a family name. Send name[0].family.',
      expression: ['Patient.name'],
    });
  }
}
