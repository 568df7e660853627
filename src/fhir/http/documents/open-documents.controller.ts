import {
  All,
  Controller,
  Header,
  Inject,
  type OnApplicationBootstrap,
  Param,
  Req,
  Res,
  UseFilters,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdvertisedIssuer } from '../../../auth/issuers/advertised-issuer.js';
import { AUTH_OPTIONS, type AuthOptions } from '../../../auth/auth-options.js';
import { Public } from '../../../auth/public.decorator.js';
import { denialCodeSystem } from '../../../refusal/denial-code-system.js';
import { externalSmartConfiguration } from '../../../scope/discovery/external-smart-configuration.js';
import { smartConfiguration } from '../../../scope/discovery/smart-configuration.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { MethodNotAllowed, UnknownAddress } from '../../../r4/errors/request-errors.js';
import { explainAccessDeclaration } from '../../operations/caller/explain-access.js';
import { operationDefinition } from '../../operations/declaration/operation-definition.js';
import { Operations } from '../../operations/operation.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { CapabilityHooks } from '../../hooks/capability-hooks.js';
import { pageOf, queryOf, representationOf } from '../answer/representation.js';
import { type Body, writeAnswer } from '../answer/write-answer.js';
import { FhirExceptionFilter } from '../fhir-exception.filter.js';
import type { FhirRequest } from '../fhir-request.js';
import { FhirRequests } from '../fhir-requests.js';
import { CapabilityStatement } from './capability-statement.js';
import { terminologyCapabilities } from './terminology-capabilities.js';
import { tokenIssuers } from './token-issuers.js';

/** Documents below the FHIR base that need no token. */
@Public()
@Controller()
@UseFilters(FhirExceptionFilter)
export class OpenDocumentsController implements OnApplicationBootstrap {
  constructor(
    private readonly capabilities: CapabilityStatement,
    private readonly additions: CapabilityHooks,
    private readonly advertised: AdvertisedIssuer,
    private readonly requests: FhirRequests,
    private readonly operations: Operations,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** Stops the start if an extension adds unusable content to `/metadata`. */
  onApplicationBootstrap(): void {
    if (this.additions.areAny) this.additions.textOf(this.capabilities.text({}));
  }

  /** https://hl7.org/fhir/R4/http.html#capabilities */
  @All('metadata')
  async metadata(@Req() request: FhirRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Body> {
    this.chooseForm(request);
    if (queryOf(request.url).get('mode') === 'terminology')
      return writeAnswer({ json: terminologyCapabilities(this.options.base) }, request, reply);
    return writeAnswer({ json: this.additions.textOf(this.capabilities.text(await this.smart())) }, request, reply);
  }

  /** https://hl7.org/fhir/R4/operationdefinition.html, made of the declaration (ADR 61). */
  @All('metadata/OperationDefinition/:code')
  operationDefinition(
    @Req() request: FhirRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('code') code: string,
  ): Body {
    this.chooseForm(request);
    const all = [explainAccessDeclaration, ...this.operations.all.map(({ declaration }) => declaration)];
    const declaration = all.find((one) => one.code === code);
    if (!declaration) throw new UnknownAddress('No operation of this server has that code; /metadata names them.');
    const json = JSON.stringify(operationDefinition(declaration, this.options.base));
    return writeAnswer({ json }, request, reply);
  }

  /** The codes in refusals, as a FHIR CodeSystem. */
  @All('CodeSystem/denial-reason')
  denialReasons(@Req() request: FhirRequest, @Res({ passthrough: true }) reply: FastifyReply): Body {
    this.chooseForm(request);
    return writeAnswer({ json: JSON.stringify(denialCodeSystem(this.options.base)) }, request, reply);
  }

  /** SMART App Launch 2.2, "Conformance": JSON whatever `Accept` says. */
  @All('.well-known/smart-configuration')
  @Header('content-type', 'application/json; charset=utf-8')
  async smartConfiguration(@Req() request: FhirRequest): Promise<string> {
    this.requireReading(request);
    return JSON.stringify(await this.smart());
  }

  private async smart(): Promise<JsonObject> {
    const own = smartConfiguration(tokenIssuers(this.auth));
    const metadata = await this.advertised.metadata();
    return metadata ? externalSmartConfiguration(metadata, own) : own;
  }

  private chooseForm(request: FhirRequest): void {
    this.requireReading(request);
    request.representation = pageOf(request, this.options) ?? representationOf(request, queryOf(request.url));
  }

  private requireReading(request: FhirRequest): void {
    const { method } = request;
    if (method === 'GET' || method === 'HEAD') return;
    throw new MethodNotAllowed(method, this.requests.pathOf(request) ?? '', ['GET', 'HEAD']);
  }
}
