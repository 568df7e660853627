import type { IncomingHttpHeaders } from 'node:http';

/**
 * Seconds that an answer may be old: `Cache-Control: max-stale` (RFC 9111 section 5.2.1.2), without a number any time;
 * undefined: it may not be old. Whoever asks whether something has changed wants to know it as of now.
 */
export function readMaxStale(headers: IncomingHttpHeaders): number | undefined {
  const { 'cache-control': header, 'if-none-match': tag, 'if-modified-since': since } = headers;
  if (header === undefined || tag !== undefined || since !== undefined) return undefined;
  const directives = header
    .toLowerCase()
    .split(',')
    .map((text) => text.trim());
  if (directives.includes('no-cache') || directives.includes('no-store')) return undefined;
  const found = directives.flatMap((text) => /^max-stale(?:="?(\d{1,9})"?)?$/.exec(text) ?? []);
  return found.length === 0 ? undefined : Number(found[1] ?? Infinity);
}
