import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { fhirJson } from './answer.js';
import { type ErrorAnswer, errorAnswer } from './error-answer.js';

/** Turns every failure into an OperationOutcome. Unexpected ones are logged and reveal nothing. */
@Catch()
@Injectable()
export class FhirExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(FhirExceptionFilter.name);

  constructor(@Inject(FHIR_OPTIONS) private readonly options: FhirOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also called by the request gate, which runs before Nest. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, headers, outcome } = this.answer(error, request);
    if (reply.sent) return;
    void reply.code(status).headers({ 'cache-control': 'no-store', 'content-type': fhirJson, ...headers });
    void reply.send(JSON.stringify(outcome));
  }

  /** What the client gets; the log gets what is unexpected. */
  answer(error: unknown, request: FastifyRequest): ErrorAnswer {
    const answer = errorAnswer(error, this.options);
    if (answer.unexpected) this.logger.error(`request ${request.id}: ${describe(error)}`);
    return answer;
  }
}

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
