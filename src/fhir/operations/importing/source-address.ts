import { isSecureUrl } from '../../../config/secure-url.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../../../r4/model/resource-types.js';

/** For people and the audit: queries may have signatures in them. */
export const nameOf = (url: string): string => `${new URL(url).origin}${new URL(url).pathname}`;

/** Says why no file is fetched from an address; undefined for one that is. `privateHosts`: reached by http too. */
export function wrongAddress(url: string, privateHosts: readonly string[]): string | undefined {
  const refused = `"${printable(url)}" is no https address without credentials in it. The server fetches files from such addresses only.`;
  if (!URL.canParse(url)) return refused;
  const { protocol, host, hostname, username, password } = new URL(url);
  const isNamed = protocol === 'http:' && (privateHosts.includes(host) || privateHosts.includes(hostname));
  const isFetched = isNamed || (protocol === 'https:' && isSecureUrl(url));
  return isFetched && username === '' && password === '' ? undefined : refused;
}

/** Says why a text is no type of R4; undefined for one that is, and for none. */
export function wrongType(type: string | undefined): string | undefined {
  if (type === undefined || isResourceType(type)) return undefined;
  const meant = suggestType(type);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `${printable(type)} is no resource type of R4.${hint}`;
}
