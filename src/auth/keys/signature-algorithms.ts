import type { Algorithm } from 'jsonwebtoken';

/** Asymmetric algorithms of RFC 7518 that jsonwebtoken verifies; nothing else ever counts. */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const satisfies readonly Algorithm[];

export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export const isSignatureAlgorithm = (name: unknown): name is SignatureAlgorithm =>
  (signatureAlgorithms as readonly unknown[]).includes(name);
