import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Injectable,
  Logger,
  Optional,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalBehind } from '../../auth/refusals/refusal-behind.js';
import { AUTH_OPTIONS, type AuthOptions } from '../../auth/auth-options.js';
import { STEP_UP, type StepUp, type StepUpAnswer } from '../../auth/step-up.js';
import { describeError } from '../../observability/describe-error.js';
import { noteRefusals } from '../../observability/request-facts.js';
import { Refused } from '../../refusal/refusal.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type Json, writeJson } from '../../r4/json/json.js';
import { fhirHeaders } from './answer/answer.js';
import { type ErrorAnswer, errorAnswer } from './answer/error-answer.js';
import type { FhirRequest } from './fhir-request.js';
import { nothingThere } from './nothing-there.js';
import { renderError } from './answer/render.js';
import { pageOf, type Representation, representationOfError } from './answer/representation.js';
import { isAnswered, markAnswered } from './body/answered.js';
import { writeAge } from './answer/write-answer.js';
import { stepUpQuestion, withStepUp } from './step-up.js';

interface SteppedUp {
  readonly answer: ErrorAnswer;
  readonly stepUp: Promise<StepUpAnswer | undefined>;
}

/** Turns every failure into an OperationOutcome. Unexpected ones are logged and reveal nothing. */
@Catch()
@Injectable()
export class FhirExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(FhirExceptionFilter.name);

  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
    @Optional() @Inject(STEP_UP) private readonly stepUp?: StepUp,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    // By their places, as in JwtAuthGuard.
    const request = host.getArgByIndex<FhirRequest & { readonly authInfo?: unknown }>(0);
    this.send(refusalBehind(error, request), request, host.getArgByIndex<FastifyReply>(1));
  }

  /** Also for what is answered before any route is reached. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = this.answer(error, request);
    const question = stepUpQuestion(error, request);
    if (!question || !this.stepUp) return this.sendAnswer(answer, request, reply);
    void this.sendWithStepUp({ answer, stepUp: this.stepUp.answer(question) }, request, reply);
  }

  /** Sends the refusal with a step-up, or without one if none can be made. */
  private async sendWithStepUp({ answer, stepUp }: SteppedUp, request: FastifyRequest, reply: FastifyReply) {
    const [asked] = await Promise.allSettled([stepUp]);
    const found = asked.status === 'fulfilled' ? asked.value : undefined;
    this.sendAnswer(found ? withStepUp(answer, found, this.options.base) : answer, request, reply);
  }

  private sendAnswer({ status, headers, outcome }: ErrorAnswer, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent || isAnswered(request.raw)) return;
    markAnswered(request.raw);
    writeAge(request, reply);
    const { errorForm } = (request as FhirRequest).forms ?? {};
    if (errorForm) {
      const own = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
      return void reply
        .code(status)
        .headers({ ...own, ...headers })
        .send(writeJson(errorForm(outcome) as Json));
    }
    const rendered = renderError(outcome, this.representation(request));
    const described = { ...fhirHeaders(rendered), 'cache-control': 'no-store' };
    void reply
      .code(status)
      .headers({ ...described, ...headers })
      .send(rendered.text);
  }

  /** Errors from before anybody looked at the form go out in the one that was asked for, too. */
  private representation(request: FhirRequest): Representation | undefined {
    if ('representation' in request) return request.representation;
    const isFhir = request.url.startsWith(this.options.basePath);
    return pageOf(request, this.options) ?? (isFhir ? representationOfError(request) : undefined);
  }

  /** Returns the answer for the client; logs an unexpected error. */
  answer(error: unknown, request: FhirRequest): ErrorAnswer {
    if (error instanceof Refused) noteRefusals(request, error.refusals);
    const told = isUnrouted(error) ? nothingThere(request.url, this.options.base, this.auth) : error;
    const answer = errorAnswer(told, this.options);
    if (answer.unexpected) this.logger.error(`request ${request.id}: ${describeError(error)}`);
    return answer;
  }
}

const isUnrouted = (error: unknown): boolean => error instanceof HttpException && error.getStatus() === 404;
