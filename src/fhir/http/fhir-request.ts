import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../auth/principal.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Interaction, InteractionKind } from '../model/interaction.js';
import { NotOffered, UnknownAddress } from '../model/request-errors.js';

/** What the request gate leaves on a request it let through: handlers act on this, never on the URL again. */
export interface FhirRequest extends FastifyRequest {
  principal?: Principal;
  fhirContext?: RequestContext;
  interaction?: Interaction;
}

/** One authorized request, as handlers see it. */
export interface FhirCall {
  readonly context: RequestContext;
  readonly interaction: Interaction;
  readonly type: string;
  readonly id: string;
  /** The body as text; empty when there was none. */
  readonly body: string;
  /** The `If-Match` header. */
  readonly ifMatch?: string;
  /** The body has a form: `POST _search`. */
  readonly isForm: boolean;
  readonly minimal: boolean;
  readonly representation: boolean;
}

/** Gives a handler its call, if the gate saw the interaction the handler is for. */
export const Call = createParamDecorator((kind: InteractionKind, execution: ExecutionContext): FhirCall => {
  const request = execution.switchToHttp().getRequest<FhirRequest>();
  const { interaction, fhirContext, headers, body } = request;
  if (!interaction || !fhirContext) throw new UnknownAddress('Nothing is at this address.');
  // Routes such as `Patient/:id` also match addresses that mean something else, such as `Patient/_history`.
  if (interaction.kind !== kind) throw notOffered(interaction);
  const prefer = String(headers['prefer'] ?? '');
  const ifMatch = headers['if-match'];
  return {
    context: fhirContext,
    interaction,
    type: interaction.type ?? '',
    id: interaction.id ?? '',
    body: typeof body === 'string' ? body : '',
    isForm: (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'),
    minimal: /\breturn=minimal\b/.test(prefer),
    representation: /\breturn=representation\b/.test(prefer),
    ...(typeof ifMatch === 'string' && { ifMatch }),
  };
});

/** A plain word for what R4 has and this server does not offer. */
export function notOffered({ kind, type, id }: Interaction): NotOffered {
  if ((kind === 'update' || kind === 'delete') && type !== undefined && id === undefined) {
    return new NotOffered(`Conditional ${kind} is not offered by this server; name an id.`);
  }
  const name = kind.replaceAll('-', ' ');
  return new NotOffered(
    `The interaction "${name}" of R4 is not offered by this server. What is offered is listed at metadata.`,
  );
}
