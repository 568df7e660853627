import { Readable } from 'node:stream';
import { All, Controller, Get, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import { JwtAuthGuard } from '../../auth/jwt-auth.guard.js';
import { Requires } from '../../scope/requires.decorator.js';
import { ScopeGuard } from '../../scope/scope.guard.js';
import { BatchInteraction } from '../interactions/bundle/batch.interaction.js';
import { TransactionInteraction } from '../interactions/bundle/transaction.interaction.js';
import { type Json, writeJson } from '../../r4/json/json.js';
import { NotThisResource, UnknownAddress } from '../../r4/errors/request-errors.js';
import { BytesAnswer, JsonAnswer, type Operation, OperationAnswer, TextAnswer } from '../operations/operation.js';
import { OperationJobs } from '../operations/jobs/operation-jobs.js';
import { OperationRunner } from '../operations/operation-runner.js';
import { budgetOf, type FhirAnswer, responseLimitOf } from './answer/answer.js';
import { bytesAnswer } from './answer/bytes-answer.js';
import { NegotiationGuard } from './answer/negotiation.guard.js';
import { WritesAnswers } from './answer/writes-answers.decorator.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import { Call, type FhirCall, type FhirRequest, notOffered } from './fhir-request.js';
import { ReadBody } from './body/read-body.pipe.js';
import { BodyReader } from './body/read-body.js';
import { StoredLines } from './body/stored-lines.js';
import type { ExternalContent } from '../storage/writing/change.js';
import { SearchHandlers } from './search-handlers.js';

/** The system level of the API, operations, and a plain word for what R4 has and this server does not offer. */
@Controller()
@UseGuards(JwtAuthGuard, ScopeGuard, NegotiationGuard)
@WritesAnswers()
@UseFilters(FhirExceptionFilter)
export class FhirController {
  constructor(
    private readonly batch: BatchInteraction,
    private readonly transaction: TransactionInteraction,
    private readonly operations: OperationRunner,
    private readonly jobs: OperationJobs,
    private readonly searches: SearchHandlers,
    private readonly errors: FhirExceptionFilter,
    private readonly bodies: BodyReader,
    private readonly lines: StoredLines,
  ) {}

  @Post()
  @Requires('bundle')
  async bundle(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    const bundle = await this.bodies.bundle(call);
    const { context, prefer, once, request, isGone } = call;
    const { type } = bundle;
    if (context.trail && typeof type === 'string') context.trail.bundle = type;
    const responseLimit = responseLimitOf(request, this.bodies.options);
    if (type === 'transaction') {
      return { json: await this.transaction.run(context, bundle, { prefer: prefer.return, once, responseLimit }) };
    }
    if (type === 'batch') {
      const answerOf = (error: unknown) => this.errors.answer(error, request);
      const sent = { prefer: prefer.return, answerOf, once, responseLimit, isGone };
      return { json: await this.batch.run(context, bundle, sent) };
    }
    throw new NotThisResource(
      'Bundle.type must be "transaction" or "batch" here. To store a Bundle as it is, POST it to Bundle.',
      'Bundle.type',
    );
  }

  /** The router takes the dollar sign as it is; `Patient` has routes of its own, which would win. */
  @All(['$:operation', ':type/$:operation', ':type/:id/$:operation', 'Patient/$:operation', 'Patient/:id/$:operation'])
  @Requires('operation')
  async operation(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    const { context, interaction, request } = call;
    const operation = this.operations.find(interaction, request.method);
    if (request.method === 'DELETE')
      return resultAnswer(await this.jobs.cancel(context, interaction.query.get('job') ?? ''));
    return this.lines.during(call, operation, (lines) => this.called(call, operation, lines));
  }

  private async called(call: FhirCall, operation: Operation, lines: ExternalContent | undefined): Promise<FhirAnswer> {
    const { context, interaction, request } = call;
    const isEmpty = call.body === '' && !call.large;
    const input = isEmpty ? undefined : await this.bodies.input(call, operation.declaration);
    const budget = budgetOf(request, this.bodies.options);
    const { wantsText = false } = request;
    const isLenient = call.prefer.handling === 'lenient';
    const languages = request.headers['accept-language'];
    const sent = { context, interaction, input, lines, wantsText, languages, budget, isLenient };
    const isLater = operation.declaration.async === true && call.prefer.async === true;
    const result = await (isLater ? this.jobs.start(operation, sent, request) : this.operations.run(operation, sent));
    return result instanceof BytesAnswer ? bytesAnswer(request, result) : resultAnswer(result);
  }

  /** Needs no permission on one type: some type may be searched. */
  @Get('_history')
  @Requires('history-system')
  history(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.history(call);
  }

  /** Needs no permission on one type: some type may be searched. */
  @Get()
  @Requires('search-system')
  search(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  @Post('_search')
  @Requires('search-system')
  searchByForm(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  @Get([':type/:id/:member', 'Patient/:id/:member'])
  @Requires('search-compartment')
  searchCompartment(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  @Post([':type/:id/:member/_search', 'Patient/:id/:member/_search'])
  @Requires('search-compartment')
  searchCompartmentByForm(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  /** Behind the guards like all others: who may not know learns nothing of addresses. */
  @All('*')
  rest(@Req() { interaction }: FhirRequest): never {
    if (!interaction) throw new UnknownAddress('Nothing is at this address.');
    throw notOffered(interaction);
  }
}

function resultAnswer(result: object): FhirAnswer {
  if (result instanceof TextAnswer) return { text: result.text, textType: result.mediaType };
  if (result instanceof JsonAnswer) return { json: result.json };
  if (!(result instanceof OperationAnswer)) return { json: writeJson(result as Json) };
  const { status, headers, body } = result;
  const json = writeJson(body as Json);
  if ('resourceType' in body) return { status, headers, json };
  return {
    status,
    headers: { ...headers, ...plainJson },
    bytes: Readable.from([Buffer.from(json)], { objectMode: false }),
  };
}

/** A manifest is no resource (https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status). */
const plainJson = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'private, no-store' };
