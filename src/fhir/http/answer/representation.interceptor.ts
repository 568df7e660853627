import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { requirePlainQuery } from '../../interactions/plain-query.js';
import { declarationOf } from '../../operations/declaration-of.js';
import { Operations } from '../../operations/operation.js';
import { representationFor } from '../binary/binary-form.js';
import { requireReadable } from '../body/media-types.js';
import type { FhirRequest } from '../fhir-request.js';
import { prefersText } from './prefers-text.js';
import { pageOf } from './representation.js';
import { WriteAnswer } from './write-answer.interceptor.js';

/**
 * Finds the form that a permitted request asks for (`Accept`, `_format`, `_pretty`), refuses what can be neither answered nor read,
 * and writes the answer.
 */
@Injectable()
export class Representing extends WriteAnswer {
  constructor(
    private readonly operations: Operations,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {
    super();
  }

  protected override prepare(request: FhirRequest): void {
    const { interaction } = request;
    // The handler of such a request answers 404.
    if (!interaction) return;
    const answersText = declarationOf(this.operations, interaction)?.answersText === true;
    // A page or a text, if it is preferred and offered; otherwise a format of FHIR.
    const page = pageOf(request, this.options);
    request.wantsText = answersText && (page !== undefined || prefersText(request));
    request.representation = page ?? (request.wantsText ? undefined : representationFor(request, interaction));
    requireReadable(request, interaction);
    requirePlainQuery(interaction);
  }
}
