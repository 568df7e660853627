/** Own address that a request target is compared with. */
export interface OwnAddress {
  /** Path of PUBLIC_URL, without a slash at the end. */
  readonly prefix: string;
  /** Host and port of PUBLIC_URL. */
  readonly authority: string;
}

/** Returns the address of this server as clients see it. */
export function ownAddress(publicUrl: string): OwnAddress {
  const { pathname, host } = new URL(publicUrl);
  return { prefix: withoutNeedlessEscapes(pathname.replace(/\/+$/, '')), authority: host };
}

/**
 * The target of a request as the guards, the routes and the records all see it: path and query, below the path of PUBLIC_URL,
 * without escapes that mean nothing. One of another server stays as it is.
 */
export function readTarget(target: string, host: string | undefined, { prefix, authority }: OwnAddress): string {
  const url = target.startsWith('/')
    ? target
    : originForm(target, [authority, ...(host === undefined ? [] : [host.toLowerCase()])]);
  const end = url.indexOf('?');
  const path = withoutNeedlessEscapes(end === -1 ? url : url.slice(0, end));
  const query = end === -1 ? '' : url.slice(end);
  // Clients see the path of PUBLIC_URL; a proxy may have taken it off already.
  return (prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path) + query;
}

/**
 * RFC 9112 3.2.2: what a client sends to a proxy, a server takes too. A target that begins with `*` (3.2.4) gets a slash: the
 * router takes any first character for one, and Nest then answers `*fhir/r4/Patient` before hooks and guards see it.
 */
function originForm(target: string, authorities: readonly string[]): string {
  if (target.startsWith('*')) return `/${target}`;
  const [whole, authority] = /^https?:\/\/([^/?#]*)/i.exec(target) ?? [];
  if (whole === undefined || !authorities.includes(authority!.toLowerCase())) return target;
  const rest = target.slice(whole.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * RFC 3986 6.2.2.2: unreserved characters mean the same escaped; so does `$`, which operations begin with. All else stays
 * escaped, a percent sign and a slash too, so that nothing is decoded twice and no segment becomes two.
 */
const withoutNeedlessEscapes = (path: string): string =>
  path.includes('%') && !broken.test(path)
    ? path.replace(needless, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)))
    : path;

/** A percent sign that escapes nothing; with the text after it, it could become an escape. */
const broken = /%(?![\dA-F]{2})/i;
const needless = /%(?:24|2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi;
