import type { TrustedIssuer } from '../../config/foreign/trusted-issuer.js';
import type { Claims } from './strict-json.js';
import { claimOf } from './token-check.js';

/** The scopes of a token: all of the issuer's scope claims united, `scopeMap` of TRUSTED_ISSUERS applied. */
export function grantedScopes(payload: Claims, { claims, scopeMap }: TrustedIssuer): readonly string[] {
  const written = claims.scope.flatMap((name) => textsOf(claimOf(payload, name))).flatMap(words);
  const mapped = written.flatMap((scope) =>
    Object.hasOwn(scopeMap, scope) ? words(scopeMap[scope]!) : [withSlash(scope)],
  );
  return [...new Set(mapped)];
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

/** Some servers cannot store a slash in a scope name and write `patient%2fPatient.rs`; constraints keep their own encoding. */
function withSlash(scope: string): string {
  if (!/^(?:patient|user|system)%2f/i.test(scope)) return scope;
  if (scope.includes('?')) return scope.replace(/%2f/i, '/');
  try {
    return decodeURIComponent(scope);
  } catch {
    return scope;
  }
}
