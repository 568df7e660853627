import { FhirError } from './fhir-error.js';

/** 4xx: what the framework found wrong with a request before any code of ours. Its texts are not shown. */
export class MalformedHttp extends FhirError {
  constructor(readonly status: number) {
    super({
      code: 'invalid',
      diagnostics:
        status === 415
          ? 'The Content-Type of the body is missing or not well-formed.'
          : 'The request is not well-formed HTTP for this address.',
    });
  }
}

/** Nest's and Fastify's own errors about the request as one of ours; whatever else was thrown stays as it is. */
export function readFrameworkError(thrown: unknown): unknown {
  const { getStatus } = (thrown ?? {}) as { readonly getStatus?: unknown };
  const status: unknown = typeof getStatus === 'function' ? getStatus.call(thrown) : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? new MalformedHttp(status) : thrown;
}
