import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnknownAddress } from '../../r4/errors/request-errors.js';

const nothingThere =
  'Nothing is at this address. The addresses of this authorization server are in the document at .well-known/openid-configuration below its issuer.';

/** Every error that no controller's own filter took: as OAuth says it below the issuer's path, as FHIR says it elsewhere. */
@Catch()
export class AppErrorFilter implements ExceptionFilter {
  constructor(
    private readonly fhir: ExceptionFilter,
    private readonly oauth: ExceptionFilter | undefined,
    private readonly issuerPath: string,
  ) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    const { url } = host.switchToHttp().getRequest<FastifyRequest>();
    const isOauth = url.startsWith(`${this.issuerPath}/`);
    const { fhir, oauth } = this;
    // oxlint-disable-next-line promise/valid-params -- Nest's filters catch an error and where it happened
    if (!oauth || !isOauth) return fhir.catch(error, host);
    const isUnrouted = error instanceof HttpException && error.getStatus() === 404;
    const told = isUnrouted ? new UnknownAddress(nothingThere) : error;
    // oxlint-disable-next-line promise/valid-params -- as above
    return oauth.catch(told, host);
  }
}
