import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NotedRequest } from '../../audit/audit-note.js';
import type { Principal } from '../../auth/principal.js';
import type { Decision } from '../../scope/decision.js';
import type { RefusedRequest } from '../../observability/request-facts.js';
import type { AccessTrail } from '../../scope/access-trail.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { type Prefer, readPrefer } from '../../r4/rest/prefer.js';
import { NotOffered, UnknownAddress } from '../../r4/errors/request-errors.js';
import type { IdempotentRequest } from '../storage/writing/idempotent-request.js';
import type { BodyHold } from './body/body-memory.js';
import type { LargeBody } from './body/large-body.js';
import { isForm } from './body/media-types.js';
import { readMaxStale } from './answer/max-stale.js';
import type { OperationDeclaration } from '../operations/declaration/operation-declaration.js';
import type { Representation } from './answer/representation.js';

/** A request with the results of the guards: handlers act on these, never on the URL again. */
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
  /** Seconds that the answer may be old: a standby gave it (`Age`, RFC 9111 section 5.1). */
  age?: number;
  /** Undefined: compact JSON. Not there at all: nobody has asked yet. */
  representation?: Representation | undefined;
  /** Bodies and errors of the operation that is called, where they are not those of FHIR. */
  forms?: Pick<OperationDeclaration, 'bodies' | 'errorForm'>;
}

/** One permitted request, as handlers see it. */
export interface FhirCall {
  readonly request: FhirRequest;
  readonly reply: FastifyReply;
  readonly context: RequestContext;
  readonly interaction: Interaction;
  readonly type: string;
  readonly id: string;
  /** The body as text; empty when there was none, a large one, or when nothing has read it. */
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
  /** True when nobody waits for the answer any more. */
  readonly isGone: () => boolean;
}

/** Gives a handler its call, if the guards have decided about it. Routes that take a body add the pipe that reads it. */
export const Call = createParamDecorator((_: unknown, execution: ExecutionContext): FhirCall => {
  const request = execution.getArgByIndex<FhirRequest>(0);
  const { interaction, fhirContext, headers } = request;
  if (!interaction || !fhirContext) throw new UnknownAddress('Nothing is at this address.');
  const { 'content-type': contentType = '', 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  const reply = execution.getArgByIndex<FastifyReply>(1);
  return {
    request,
    reply,
    context: fhirContext,
    interaction,
    type: interaction.type ?? '',
    id: interaction.id ?? '',
    body: '',
    contentType,
    isForm: isForm(contentType),
    prefer: readPrefer(headers['prefer']),
    maxStale: readMaxStale(headers),
    isGone: () => reply.raw.destroyed,
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
  };
});

/** A plain word for what R4 has and this server does not offer. */
export function notOffered({ kind }: Interaction): NotOffered {
  const name = kind.replaceAll('-', ' ');
  return new NotOffered(
    `The interaction "${name}" of R4 is not offered by this server. What is offered is listed at metadata.`,
  );
}
