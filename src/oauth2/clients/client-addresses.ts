import { isSecureUrl } from '../../config/secure-url.js';
import { printable } from '../../r4/errors/request-errors.js';
import { problem, type ClientMetadata, type ClientProblem } from './client-metadata.js';
import { isPrivateHost } from '../../outbound/private-network.js';
import { sameUrl } from './same-url.js';

export const longestAddress = 2_000;
/** Characters of a URL (RFC 3986): parsers drop or change others, so that two readings could differ. */
const urlCharacters = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;

/**
 * Redirect URIs are compared letter by letter, so each must be whole: https, http on this very machine, or for native apps
 * a scheme of their own (RFC 8252 7.1: a domain name in reverse).
 */
export function checkRedirectUri(uri: string, kind: ClientMetadata['kind']): ClientProblem | undefined {
  const why = whyNoUrl(uri) ?? whyNoRedirect(new URL(uri), kind);
  if (why === undefined) return undefined;
  return problem(
    'redirectUris',
    `The redirect URI "${printable(uri)}" ${why}.`,
    'Register exact URIs such as https://app.example/callback; native apps: http://127.0.0.1/callback or com.example.app:/callback.',
  );
}

function whyNoRedirect(url: URL, kind: ClientMetadata['kind']): string | undefined {
  if (url.hostname.includes('*')) return 'has a wildcard; every URI has to be registered as it is';
  if (isSecureUrl(url.href)) return undefined;
  if (url.protocol === 'http:') return 'is http and leaves this machine, so that codes could be read on their way';
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol))
    return 'is neither https nor a private-use scheme with a dot, such as com.example.app:/callback';
  return kind === 'public' ? undefined : 'has a private-use scheme, which only public (native) clients may use';
}

type AddressField = 'launchUrl' | 'logoUri' | 'policyUri' | 'tosUri';
const addressFields: readonly AddressField[] = ['launchUrl', 'logoUri', 'policyUri', 'tosUri'];

/** Addresses that a browser is sent to or that a page shows. */
export function checkAddresses(client: Pick<ClientMetadata, AddressField>): ClientProblem[] {
  return addressFields.flatMap((field) => {
    const address = client[field];
    if (address === undefined) return [];
    const why = whyNoUrl(address) ?? (isSecureUrl(address) ? undefined : 'is not https');
    if (why === undefined) return [];
    return problem(field, `${field} "${printable(address)}" ${why}.`, 'Give an https address (http only on loopback).');
  });
}

/** Judges the address of another server that takes our tokens (RFC 8707 2). `fhirBase` is our own, and no client stands for it. */
export function checkResource(
  field: 'resources' | 'audiences',
  url: string,
  fhirBase: string,
): ClientProblem | undefined {
  const isOwn = field === 'resources' && sameUrl(url, fhirBase);
  const why =
    whyNoUrl(url) ?? whyNoResource(url) ?? (isOwn ? 'is this server, which checks its tokens itself' : undefined);
  if (why === undefined) return undefined;
  return problem(
    field,
    `${field} "${printable(url)}" ${why}.`,
    'Give the FHIR base of the server, as its tokens name it in aud, such as https://fhir.example/fhir/r4.',
  );
}

function whyNoResource(url: string): string | undefined {
  if (!isSecureUrl(url)) return 'is not https';
  return new URL(url).search === '' ? undefined : 'has a query';
}

export function checkOrigin(origin: string): ClientProblem | undefined {
  if (isSecureUrl(origin) && new URL(origin).origin === origin) return undefined;
  return problem(
    'origins',
    `"${printable(origin)}" is not the origin of a web app.`,
    'Write scheme, host and port, without a path or a slash at the end, such as https://app.example.',
  );
}

/** Keys must come by https. Whether the host's address is private is judged again when the keys are fetched. */
export function checkJwksUri(uri: string, privateHosts: readonly string[]): ClientProblem | undefined {
  const why = whyNoUrl(uri) ?? whyNoKeyAddress(new URL(uri), privateHosts);
  if (why === undefined) return undefined;
  return problem(
    'jwksUri',
    `jwksUri "${printable(uri)}" ${why}.`,
    'Publish the keys by https, or register them as jwks.',
  );
}

function whyNoKeyAddress(url: URL, privateHosts: readonly string[]): string | undefined {
  if (!isSecureUrl(url.href)) return 'is not https, so that keys could be forged on their way';
  if (!isPrivateHost(url.hostname) || privateHosts.includes(url.hostname) || privateHosts.includes(url.host))
    return undefined;
  return 'is an address inside this network, which this server does not call';
}

function whyNoUrl(text: string): string | undefined {
  if (text.length > longestAddress) return `is longer than ${longestAddress} characters`;
  if (!urlCharacters.test(text) || !URL.canParse(text)) return 'is not an absolute URL';
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') return 'has a user name in it';
  return text.includes('#') ? 'has a fragment (#)' : undefined;
}
