import { writeCookie } from '../pages/page-cookies.js';

/** Each login under way has a cookie of its own, so that tabs do not disturb each other. */
export const cookieNameOf = (stateHash: string): string => `lanyard_login_${stateHash.slice(0, 16)}`;

export interface CookiePlace {
  /** The embedded issuer. */
  readonly issuer: string;
}

/** Lax, not Strict: the browser comes back from another site. Nothing but the pages of this issuer ever gets it. */
export function loginCookie(name: string, value: string, maxAgeSeconds: number, { issuer }: CookiePlace): string {
  const { pathname, protocol } = new URL(issuer);
  return writeCookie({ name, value, path: pathname, secure: protocol === 'https:', maxAgeSeconds });
}

/** Undefined when there is no such cookie, or more than one, which somebody else may have planted. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
