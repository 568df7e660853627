/**
 * Who is asking: SMART access tokens of the issuers that you trust, in any Nest application, on Express and Fastify.
 *
 * @packageDocumentation
 */
export type { AuthorizationServerOffer } from './issuers/authorization-server-offer.js';
export { AuthModule, type AuthModuleAsyncOptions } from './auth.module.js';
export type { AuthModuleOptions, AuthOptions } from './auth-options.js';
export { JwtAuthGuard } from './jwt-auth.guard.js';
export { jwtStrategyName } from './jwt.strategy.js';
export { claimsContext, SMART_CONTEXT, type SmartContext, type SmartContextReader } from './parts/smart-context.js';
export {
  type AcceptedToken,
  TOKEN_VERIFIER,
  type TokenFinding,
  type TokenVerifier,
  type Trust,
} from './parts/token-verifier.js';
export type { Principal } from './principal.js';
export { Public } from './public.decorator.js';
export type { IntrospectionSettings, IssuerSettings, TrustedIssuer } from '../config/foreign/trusted-issuer.js';
export type { Confidentiality } from '../r4/model/confidentiality.js';
