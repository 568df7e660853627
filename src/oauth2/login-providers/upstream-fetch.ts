import type { CustomFetch } from 'openid-client';
import { readBounded } from '../../auth/keys/read-bounded.js';
import { isSecureUrl } from '../../config/secure-url.js';

export const upstreamTimeoutSeconds = 5;
const largestBody = 256 * 1024;

/** The provider cannot be used: the reason, in words for the log; nothing secret is in it. */
export class UpstreamUnusable extends Error {}

/** Fetch of `openid-client`: https only (http on loopback), no redirects, 256 kB at most. */
export const upstreamFetch: CustomFetch = async (url, { body, ...options }) => {
  if (!isSecureUrl(url)) throw new UpstreamUnusable(`${new URL(url).origin} is not reached by https`);
  const response = await fetch(url, { ...options, redirect: 'manual', ...(body != null && { body }) });
  const { status, headers } = response;
  const text = await readBounded(response, largestBody, tooLarge);
  return new Response(text === '' ? null : text, { status, headers: withoutCoding(headers) });
};

const tooLarge = (): Error => new UpstreamUnusable(`an answer has more than ${largestBody / 1024} kB`);

/** They describe the bytes on the wire, and the text is decoded by now. */
function withoutCoding(given: Headers): Headers {
  const headers = new Headers(given);
  headers.delete('content-encoding');
  headers.delete('content-length');
  return headers;
}
