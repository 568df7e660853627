import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { Refused } from '../../refusal/refusal.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';

/** Codes, secrets and passwords count only over https, where a trusted proxy tells how the client came. */
@Injectable()
export class TlsGuard implements CanActivate {
  constructor(
    @Inject(FHIR_OPTIONS) private readonly fhir: FhirOptions,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { url, protocol } = context.getArgByIndex<FastifyRequest>(0);
    const isOurs = url.startsWith(`${this.options.basePath}/`) && !url.includes('/.well-known/');
    if (!isOurs || !this.fhir.requireTls || protocol === 'https') return true;
    throw new Refused([
      {
        code: 'tls-required',
        fact: 'The request came over http (X-Forwarded-Proto of the trusted proxy).',
        cure: 'Use the https address of this server, and treat what was sent as leaked.',
      },
    ]);
  }
}
