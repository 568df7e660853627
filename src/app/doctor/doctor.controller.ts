import { Controller, Get, Header, HttpCode, Inject, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { judgedFetching } from './judged-fetching.js';
import { wordsOf } from './reader-words.js';
import { runDoctor } from './run-doctor.js';
import { LOADED_EXTENSIONS } from '../extensions/extension-list.js';
import type { Extension } from '../extensions/extension.js';
import { signatureAlgorithms } from '../../auth/keys/signature-algorithms.js';
import type { AppConfig } from '../../config/app-config.js';
import { usualAlgorithms } from '../../config/foreign/trusted-issuer.js';
import { type Candidate, examineCandidate } from '../../doctor/candidate.js';
import { examineFhirServer } from '../../doctor/checks/fhir-server.js';
import { type DoctorResult, inWords, isHealthy } from '../../doctor/doctor-result.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { FhirError, InvalidRequest } from '../../r4/errors/fhir-error.js';

/** Injection token of the settings that are examined. */
export const EXAMINED_CONFIG = Symbol('EXAMINED_CONFIG');

/** The findings of `lanyard doctor --json`, and the instant of the look. */
export interface Examination {
  readonly healthy: boolean;
  readonly at: string;
  readonly findings: readonly DoctorResult[];
}

const example = '{"issuer":"https://idp.example/realms/hospital"}';
const named = z.strictObject({
  issuer: z.string().min(1).max(2048),
  algorithms: z.array(z.enum(signatureAlgorithms)).min(1).optional(),
});
const exampleServer = '{"base":"https://fhir.example/fhir/r4"}';
const namedServer = z.strictObject({ base: z.string().min(1).max(2048) });
/** For so long an examination counts, however many ask. */
const countsMs = 10_000;
/** Issuers and FHIR servers that are looked at at once. */
const mostAtOnce = 4;

/** 429: others are being looked at. */
class DoctorBusy extends FhirError {
  readonly status = 429;
  override readonly headers = { 'retry-after': '5' };
}

/** Findings in the language that the caller reads. */
function inWordsOf<T extends Pick<Candidate, 'findings'>>(request: AdminRequest, reply: FastifyReply, found: T): T {
  const words = wordsOf(request, reply);
  return { ...found, findings: found.findings.map((finding) => inWords(finding, words)) };
}

/** `lanyard doctor` over HTTP, for who may see the work of the server; tenants do not have these addresses (docs/adr/0080). */
@Controller('admin/doctor')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class DoctorController {
  private last: { readonly at: number; readonly result: Promise<Examination> } | undefined;
  private looking = 0;

  constructor(
    @Inject(EXAMINED_CONFIG) private readonly config: AppConfig,
    @Inject(LOADED_EXTENSIONS) private readonly extensions: readonly Extension[],
  ) {}

  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  async examine(@Req() request: AdminRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Examination> {
    if (this.last === undefined || Date.now() - this.last.at > countsMs)
      this.last = { at: Date.now(), result: this.examineNow() };
    return inWordsOf(request, reply, await this.last.result);
  }

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

  private async examineNow(): Promise<Examination> {
    const findings = await runDoctor(this.config, { extensions: this.extensions });
    return { healthy: isHealthy(findings), at: new Date().toISOString(), findings };
  }
}
