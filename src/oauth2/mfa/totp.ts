import { Secret, TOTP } from 'otpauth';

const period = 30;

/** A new secret of 160 bits, in the letters that people can type. */
export const generateTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** The address that authenticator apps read from a QR code. */
export const totpAddress = (secret: string, account: string, issuer: string): string =>
  new TOTP({ issuer, label: account, secret: Secret.fromBase32(secret), period }).toString();

/** The time step (RFC 6238) whose code this is: the present one, the one before or the one after. */
export function stepOfCode(secret: string, code: string): number | undefined {
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return undefined;
  const timestamp = Date.now();
  const delta = new TOTP({ secret: Secret.fromBase32(secret), period }).validate({
    token: digits,
    timestamp,
    window: 1,
  });
  return delta === null ? undefined : Math.floor(timestamp / 1_000 / period) + delta;
}
