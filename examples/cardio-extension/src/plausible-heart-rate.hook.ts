import { Inject, Injectable } from '@nestjs/common';
import type { BeforeWrite, Hook } from 'lanyard-fhir/fhir';
import { FhirError } from 'lanyard-fhir/r4';
import { rateIn, subjectOf } from './heart-rate.js';
import { Limits } from './limits.js';

class ImplausibleRate extends FhirError {
  readonly status = 422;
}

/** Refuses heart rates above the limit of the patient. */
@Injectable()
export class PlausibleHeartRate implements Hook {
  readonly name = 'plausible-heart-rate';
  readonly types = ['Observation'];

  constructor(@Inject(Limits) private readonly limits: Limits) {}

  async beforeWrite({ resource }: BeforeWrite): Promise<undefined> {
    const rate = rateIn(resource);
    if (rate === undefined) return;
    const highest = await this.limits.of(subjectOf(resource));
    if (rate <= highest) return;
    throw new ImplausibleRate({
      code: 'business-rule',
      diagnostics: `A heart rate of ${rate} is above ${highest}, the limit of this patient. Measure it again, or raise the limit.`,
      expression: ['Observation.value'],
    });
  }
}
