import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { NotedRequest } from '../../audit/audit-note.js';
import type { Principal } from '../../auth/principal.js';
import type { Decision } from '../../scope/decision.js';
import type { RefusedRequest } from '../../observability/request-facts.js';
import type { AccessTrail } from '../../scope/access-trail.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Interaction, InteractionKind } from '../../r4/rest/interaction.js';
import { type Prefer, readPrefer } from '../../r4/rest/prefer.js';
import { NotOffered, UnknownAddress } from '../../r4/errors/request-errors.js';
import type { IdempotentRequest } from '../storage/writing/idempotent-request.js';
import type { BodyHold } from './body/body-memory.js';
import { readIdempotencyKey } from './idempotency-key.js';
import { LargeBody } from './body/large-body.js';
import { readMaxStale } from './answer/max-stale.js';
import type { Representation } from './answer/representation.js';

/** A request with the results of the request gate: handlers act on these, never on the URL again. */
export interface FhirRequest extends FastifyRequest, NotedRequest, RefusedRequest {
  principal?: Principal;
  fhirContext?: RequestContext;
  interaction?: Interaction;
  /** Decision about the request, also of a refused one. */
  decision?: Decision;
  /** An operation that can answer in plain text is to do so. */
  wantsText?: boolean;
  /** Count of the bytes of the body. */
  bodyHold?: BodyHold;
  /** Ends the request with an answer while its body is still arriving. */
  giveWay?: () => void;
  /** Audit trail of an authenticated caller. */
  trail?: AccessTrail;
  /** Undefined: compact JSON. Not there at all: the gate has not asked yet. */
  representation?: Representation | undefined;
}

/** One authorized request, as handlers see it. */
export interface FhirCall {
  readonly context: RequestContext;
  readonly interaction: Interaction;
  readonly type: string;
  readonly id: string;
  /** The body as text; empty when there was none, or a large one. */
  readonly body: string;
  readonly large?: LargeBody;
  /** The Content-Type of the body; empty when there was none. */
  readonly contentType: string;
  /** The `If-Match` header. */
  readonly ifMatch?: string;
  /** The `If-None-Match` header. */
  readonly ifNoneMatch?: string;
  /** The request is carried out once, however often it is sent. */
  readonly once?: IdempotentRequest;
  /** The body has a form: `POST _search`. */
  readonly isForm: boolean;
  readonly prefer: Prefer;
  /** Seconds that the answer of a read may be old; undefined: it may not. */
  readonly maxStale: number | undefined;
}

/** Gives a handler its call, if the gate saw the interaction the handler is for. */
export const Call = createParamDecorator((kind: InteractionKind, execution: ExecutionContext): FhirCall => {
  const request = execution.switchToHttp().getRequest<FhirRequest>();
  const { interaction, fhirContext, headers, body } = request;
  if (!interaction || !fhirContext) throw new UnknownAddress('Nothing is at this address.');
  // Routes such as `Patient/:id` also match addresses that mean something else, such as `Patient/_history`.
  if (interaction.kind !== kind) throw notOffered(interaction);
  const { 'content-type': contentType = '', 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  return {
    context: fhirContext,
    interaction,
    type: interaction.type ?? '',
    id: interaction.id ?? '',
    ...receivedBody(body),
    contentType,
    isForm: contentType.toLowerCase().startsWith('application/x-www-form-urlencoded'),
    prefer: readPrefer(headers['prefer']),
    maxStale: readMaxStale(headers),
    ...readIdempotencyKey(request),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
  };
});

const receivedBody = (body: unknown): Pick<FhirCall, 'body' | 'large'> =>
  body instanceof LargeBody ? { body: '', large: body } : { body: typeof body === 'string' ? body : '' };

/** A plain word for what R4 has and this server does not offer. */
export function notOffered({ kind }: Interaction): NotOffered {
  const name = kind.replaceAll('-', ' ');
  return new NotOffered(
    `The interaction "${name}" of R4 is not offered by this server. What is offered is listed at metadata.`,
  );
}
