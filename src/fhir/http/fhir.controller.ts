import { All, Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BatchInteraction } from '../interactions/bundle/batch.interaction.js';
import { TransactionInteraction } from '../interactions/bundle/transaction.interaction.js';
import { type Json, writeJson } from '../../r4/json/json.js';
import { MethodNotAllowed, NotThisResource, UnknownAddress } from '../../r4/errors/request-errors.js';
import { JsonAnswer, OperationAnswer, Operations, TextAnswer } from '../operations/operation.js';
import { unknownOperation } from '../operations/unknown-operation.js';
import { budgetOf, responseLimitOf, sendFhir } from './answer/answer.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import { Call, type FhirCall, type FhirRequest, notOffered } from './fhir-request.js';
import { BodyReader } from './body/read-body.js';
import { plainText } from './answer/text-answer.js';
import { ResourceHandlers } from './resource-handlers.js';

/** The system level of the API, operations, and a plain word for what R4 has and this server does not offer. */
@Controller()
export class FhirController {
  constructor(
    private readonly batch: BatchInteraction,
    private readonly transaction: TransactionInteraction,
    private readonly operations: Operations,
    private readonly handlers: ResourceHandlers,
    private readonly errors: FhirExceptionFilter,
    private readonly bodies: BodyReader,
  ) {}

  @Post()
  @HttpCode(200)
  async bundle(@Call('bundle') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    const bundle = await this.bodies.bundle(call);
    const { context, prefer, once } = call;
    const { type } = bundle;
    if (context.trail && typeof type === 'string') context.trail.bundle = type;
    const responseLimit = responseLimitOf(reply.request, this.bodies.options);
    if (type === 'transaction') {
      const sent = { prefer: prefer.return, once, responseLimit };
      return sendFhir(reply, await this.transaction.run(context, bundle, sent));
    }
    if (type === 'batch') {
      const answerOf = (error: unknown) => this.errors.answer(error, reply.request);
      const isGone = (): boolean => reply.raw.destroyed;
      const sent = { prefer: prefer.return, answerOf, once, responseLimit, isGone };
      return sendFhir(reply, await this.batch.run(context, bundle, sent));
    }
    throw new NotThisResource(
      'Bundle.type must be "transaction" or "batch" here. To store a Bundle as it is, POST it to Bundle.',
      'Bundle.type',
    );
  }

  /** The router takes the dollar sign as it is; `Patient` has routes of its own, which would win. */
  @All(['$:operation', ':type/$:operation', ':type/:id/$:operation', 'Patient/$:operation', 'Patient/:id/$:operation'])
  async operation(@Call('operation') call: FhirCall, @Req() request: FhirRequest, @Res() reply: FastifyReply) {
    const { method, wantsText = false } = request;
    const { type, id, query, operation: code = '' } = call.interaction;
    const address = { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
    const operation = this.operations.find(code, address);
    if (!operation) throw unknownOperation(this.operations, code, type);
    if (operation.declaration.affectsState && method !== 'POST') {
      throw new MethodNotAllowed(method, `$${code}`, ['POST'], 'It changes what is stored.');
    }
    const takesResource = operation.declaration.takesResource === true;
    const isEmpty = call.body === '' && !call.large;
    const input = isEmpty ? {} : { input: await this.bodies.input(call, takesResource) };
    const budget = budgetOf(reply.request, this.bodies.options);
    const result = await operation.run({ context: call.context, query, wantsText, budget, ...address, ...input });
    sendResult(reply, result);
  }

  /** Needs no permission on one type: the gate has decided that some type may be searched. */
  @Get('_history')
  history(@Call('history-system') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.history(call, reply);
  }

  /** Needs no permission on one type: the gate has decided that some type may be searched. */
  @Get()
  search(@Call('search-system') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post('_search')
  @HttpCode(200)
  searchByForm(@Call('search-system') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Get([':type/:id/:member', 'Patient/:id/:member'])
  searchCompartment(@Call('search-compartment') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post([':type/:id/:member/_search', 'Patient/:id/:member/_search'])
  @HttpCode(200)
  searchCompartmentByForm(@Call('search-compartment') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @All('*')
  rest(@Req() { interaction }: FhirRequest): never {
    if (!interaction) throw new UnknownAddress('Nothing is at this address.');
    throw notOffered(interaction);
  }
}

function sendResult(reply: FastifyReply, result: object): void {
  if (result instanceof TextAnswer) return plainText(reply, result.text);
  if (result instanceof JsonAnswer) return sendFhir(reply, result.json);
  if (!(result instanceof OperationAnswer)) return sendFhir(reply, writeJson(result as Json));
  void reply.headers(result.headers);
  sendFhir(reply, writeJson(result.body as Json), result.status);
}
