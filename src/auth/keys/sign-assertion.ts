import { type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

/** Seconds that an assertion counts; SMART allows five minutes, and clocks differ. */
const assertionSeconds = 240;

interface AssertionKey {
  readonly key: KeyObject;
  readonly kid: string;
  readonly alg: string;
}

/** Client assertion for a token endpoint (RFC 7523, section 2.2; SMART App Launch 2.2, "Client Authentication: Asymmetric"). */
export function signAssertion({ key, kid, alg }: AssertionKey, clientId: string, tokenUrl: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${assertionSeconds} s`)
    .sign(key);
}
