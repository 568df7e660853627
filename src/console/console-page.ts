/** Stand for what differs in each answer; `console/index.html` has them. */
const [baseMark, nonceMark] = ['%BASE%', '%NONCE%'];

/**
 * The page for an address of the console. Its base is relative, so that it works below any path that a proxy adds; `path` is what
 * comes after `/console/`.
 */
export const consolePage = (template: string, path: string, nonce: string): string =>
  template.replaceAll(baseMark, relativeBase(path)).replaceAll(nonceMark, nonce);

/** From the address of a page back to `/console/`. */
export const relativeBase = (path: string): string => '../'.repeat(path.split('/').length - 1) || './';

/**
 * Rights of the page in a browser: scripts, styles and requests of this server alone; Mantine's own style elements have the nonce. `asked`:
 * origins of another authorization server, which give tokens.
 */
export const consoleHeaders = (nonce: string, asked: readonly string[] = []): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    ["connect-src 'self'", ...asked].join(' '),
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
});
