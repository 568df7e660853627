import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { requirePlainQuery } from '../../interactions/plain-query.js';
import { declarationOf } from '../../operations/declaration/declaration-of.js';
import { Operations } from '../../operations/operation.js';
import type { OperationDeclaration } from '../../operations/declaration/operation-declaration.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { representationFor } from '../binary/binary-form.js';
import { requireReadable } from '../body/media-types.js';
import type { FhirRequest } from '../fhir-request.js';
import { prefersText } from './prefers-text.js';
import { pageOf, type Representation, representationOfError } from './representation.js';

/**
 * Finds the form that a permitted request asks for (`Accept`, `_format`, `_pretty`), and refuses what can be neither answered (406) nor
 * read (415), before its body is read. Stands behind the guards that decide about access.
 */
@Injectable()
export class NegotiationGuard implements CanActivate {
  constructor(
    private readonly operations: Operations,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  canActivate(execution: ExecutionContext): true {
    const request = execution.getArgByIndex<FhirRequest>(0);
    const { interaction } = request;
    // The handler of such a request answers 404.
    if (!interaction) return true;
    const declaration = declarationOf(this.operations, interaction);
    const text = declaration?.answersText;
    // A page or a text, if it is preferred and offered; otherwise a format of FHIR.
    const page = pageOf(request, this.options);
    request.wantsText = text === true ? page !== undefined || prefersText(request) : isWanted(request, text);
    request.representation =
      (text === 'text/csv' && request.wantsText ? undefined : page) ??
      (request.wantsText ? undefined : formOf(request, interaction, declaration));
    if (declaration) request.forms = declaration;
    requireReadable(request, interaction);
    requirePlainQuery(interaction);
    return true;
  }
}

const isWanted = (request: FhirRequest, mediaType: 'text/csv' | undefined): boolean =>
  mediaType !== undefined && prefersText(request, mediaType);

/** That of errors only, where bytes of another media type are answered. */
const formOf = (
  request: FhirRequest,
  interaction: Interaction,
  declaration: OperationDeclaration | undefined,
): Representation | undefined =>
  declaration?.answersBytes ? representationOfError(request) : representationFor(request, interaction);
