import { Controller, Header, HttpCode, Inject, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { judgedFetching } from './judged-fetching.js';
import { EXAMINED_CONFIG } from './doctor.controller.js';
import { inWordsOf } from './reader-words.js';
import { signatureAlgorithms } from '../../auth/keys/signature-algorithms.js';
import type { AppConfig } from '../../config/app-config.js';
import { usualAlgorithms } from '../../config/foreign/trusted-issuer.js';
import { type Candidate, examineCandidate } from '../../doctor/candidate.js';
import { examineFhirServer } from '../../doctor/checks/fhir-server.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { FhirError, InvalidRequest } from '../../r4/errors/fhir-error.js';

const example = '{"issuer":"https://idp.example/realms/hospital"}';
const named = z.strictObject({
  issuer: z.string().min(1).max(2048),
  algorithms: z.array(z.enum(signatureAlgorithms)).min(1).optional(),
});
const exampleServer = '{"base":"https://fhir.example/fhir/r4"}';
const namedServer = z.strictObject({ base: z.string().min(1).max(2048) });
/** Issuers and FHIR servers that are looked at at once. */
const mostAtOnce = 4;

/** 429: others are being looked at. */
class DoctorBusy extends FhirError {
  readonly status = 429;
  override readonly headers = { 'retry-after': '5' };
}

/** Looks at servers that no setting names yet; tenants do not have these addresses (docs/adr/0080). */
@Controller('admin/doctor')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class CandidateController {
  private looking = 0;

  constructor(@Inject(EXAMINED_CONFIG) private readonly config: AppConfig) {}

  /** Examines an authorization server that no setting names yet. Who registers clients can make the server ask the same addresses. */
  @Post('issuer')
  @Administers('Client', 'c')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async examineIssuer(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Candidate> {
    const { success, data } = named.safeParse(readJsonBody(request, example));
    if (!success) throw new InvalidRequest({ code: 'value', diagnostics: `Send ${example}` });
    const { issuer, algorithms = usualAlgorithms } = data;
    const known = { setting: 'TRUSTED_ISSUERS' as const, issuer, algorithms, fetching: judgedFetching(this.config) };
    const found = await this.asOneOfFew(() => examineCandidate(known, this.config.clockSkew));
    return inWordsOf(request, reply, found);
  }

  /** Examines another FHIR server by what it publishes, and the issuer that it names; what is asked is bounded as for an issuer. */
  @Post('fhir-server')
  @Administers('Client', 'c')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async examineFhirServer(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Candidate> {
    const { success, data } = namedServer.safeParse(readJsonBody(request, exampleServer));
    if (!success) throw new InvalidRequest({ code: 'value', diagnostics: `Send ${exampleServer}` });
    const looking = { fetching: judgedFetching(this.config), clockSkew: this.config.clockSkew };
    return inWordsOf(request, reply, await this.asOneOfFew(() => examineFhirServer(data.base, looking)));
  }

  private async asOneOfFew<T>(look: () => Promise<T>): Promise<T> {
    if (this.looking >= mostAtOnce)
      throw new DoctorBusy({ code: 'throttled', diagnostics: 'Other servers are being looked at. Ask again in 5 s.' });
    this.looking++;
    try {
      return await look();
    } finally {
      this.looking--;
    }
  }
}
