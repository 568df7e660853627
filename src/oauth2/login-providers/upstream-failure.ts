import type { Logger } from '@nestjs/common';
import * as openid from 'openid-client';
import type { LoginProvider } from '../../config/foreign/login-provider.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { UpstreamUnusable } from './upstream-fetch.js';
import { answerInvalid, providerAway, providerRefused, type UpstreamLoginFailed } from './upstream-login-failed.js';

/** Turns an error of the library into a text for the user; the log gets its code, and never a token or a claim. */
export function upstreamFailure(error: unknown, { id, name }: LoginProvider, logger: Logger): UpstreamLoginFailed {
  if (error instanceof openid.AuthorizationResponseError) return providerRefused(name, cleaned(error.error));
  logger.warn(`Login provider ${id}: ${describeFailure(error)}`);
  return isAway(error) ? providerAway(name) : answerInvalid(name);
}

/** A code that is refused is the answer's fault, a client that is refused is ours. */
function isAway(error: unknown): boolean {
  if (error instanceof openid.ResponseBodyError) return error.error !== 'invalid_grant';
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  return (
    [error, cause].some((one) => one instanceof UpstreamUnusable || one instanceof TypeError) ||
    (error instanceof openid.ClientError && error.code === 'OAUTH_TIMEOUT')
  );
}

/** For the log: what the library found, and the code it has for that. */
export function describeFailure(error: unknown): string {
  if (error instanceof openid.ResponseBodyError) return `its token endpoint refused (${cleaned(error.error)})`;
  if (error instanceof openid.ClientError)
    return `${causeOf(error.cause) ?? cleaned(error.message)} (${error.code ?? 'no code'})`;
  return error instanceof Error ? cleaned(error.message) : 'an unknown failure';
}

const causeOf = (cause: unknown): string | undefined => (cause instanceof Error ? cleaned(cause.message) : undefined);
