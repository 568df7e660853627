import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdvertisedIssuer } from '../../../auth/advertised-issuer.js';
import { AUTH_OPTIONS, type AuthOptions } from '../../../auth/auth-options.js';
import { Public } from '../../../auth/public.decorator.js';
import { denialCodeSystem } from '../../../refusal/denial-code-system.js';
import { externalSmartConfiguration } from '../../../scope/discovery/external-smart-configuration.js';
import { smartConfiguration } from '../../../scope/discovery/smart-configuration.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { sendFhir } from '../answer/answer.js';
import { CapabilityStatement } from './capability-statement.js';
import { tokenIssuers } from './token-issuers.js';

/** Documents below the FHIR base that need no token. */
@Public()
@Controller()
export class OpenDocumentsController {
  constructor(
    private readonly capabilities: CapabilityStatement,
    private readonly advertised: AdvertisedIssuer,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** https://hl7.org/fhir/R4/http.html#capabilities */
  @Get('metadata')
  async metadata(@Res() reply: FastifyReply): Promise<void> {
    sendFhir(reply, this.capabilities.text(await this.smart()));
  }

  /** SMART App Launch 2.2, "Conformance": JSON whatever `Accept` says. */
  @Get('.well-known/smart-configuration')
  async smartConfiguration(@Res() reply: FastifyReply): Promise<void> {
    void reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(await this.smart()));
  }

  private async smart(): Promise<JsonObject> {
    const own = smartConfiguration(tokenIssuers(this.auth));
    const metadata = await this.advertised.metadata();
    return metadata ? externalSmartConfiguration(metadata, own) : own;
  }

  /** The codes in refusals, as a FHIR CodeSystem. */
  @Get('CodeSystem/denial-reason')
  denialReasons(@Res() reply: FastifyReply): void {
    sendFhir(reply, JSON.stringify(denialCodeSystem(this.options.base)));
  }
}
