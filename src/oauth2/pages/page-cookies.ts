/** The value of a cookie, as the browser sent it. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim().split('=', 2))
    .find(([key]) => key === name);
  const value = found?.[1];
  return value !== undefined && /^[\w-]{20,100}$/.test(value) ? value : undefined;
}

export interface PageCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  readonly maxAgeSeconds?: number;
}

/** Never read by a script, never sent with another site's form. */
export const writeCookie = ({ name, value, path, secure, maxAgeSeconds }: PageCookie): string =>
  `${name}=${value}; Path=${path}` +
  (maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`) +
  '; HttpOnly; SameSite=Lax' +
  (secure ? '; Secure' : '');
