import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { NotAcceptable, printable } from '../../../r4/errors/request-errors.js';
import { queryWithoutCredentials } from '../../../observability/without-credentials.js';
import type { FhirOptions } from '../../fhir-options.js';
import type { PagePlace } from './answer-page.js';
import { type PageRequest, prefersHtml } from './prefers-html.js';
import { acceptedFormat, type Format, namedFormat } from './formats.js';

/** The form that an answer goes out in. Without one it is compact JSON: what is stored goes out as it is. */
export type Representation =
  { readonly format: Format; readonly pretty: boolean } | { readonly format: 'html'; readonly place: PagePlace };

/** Base and documentation of the server whose pages are offered. */
export type PageSite = Pick<FhirOptions, 'base' | 'docsUrl'>;

/** A page, where somebody wants one (ADR 50). */
export function pageOf(request: PageRequest, { base, docsUrl }: PageSite): Representation | undefined {
  if (!prefersHtml(request)) return undefined;
  const { url } = request;
  const end = url.indexOf('?');
  const query = end === -1 ? '' : `?${queryWithoutCredentials(queryOf(url)).toString()}`;
  return {
    format: 'html',
    place: { url: url.slice(0, end === -1 ? undefined : end) + query, fhirBase: base, docsUrl },
  };
}

/**
 * Returns the format that `_format`, else `Accept`, and `_pretty` ask for (https://hl7.org/fhir/R4/http.html#general,
 * #parameters). Throws 406 for a format that is not offered, 400 for a `_pretty` that is no boolean.
 */
export function representationOf({ headers }: Asking, query: URLSearchParams): Representation | undefined {
  const format = formatOf(headers.accept, query);
  if (format === undefined) throw new NotAcceptable(query.get('_format') || (headers.accept ?? ''));
  const pretty = query.get('_pretty') ?? 'false';
  if (pretty === 'true' || pretty === 'false') return representation(format, pretty === 'true');
  throw new InvalidRequest({
    code: 'invalid',
    diagnostics: `_pretty=${printable(pretty)} is not valid. It takes true and false.`,
  });
}

/** For an error, which has to go out in some form: JSON if the one asked for is not offered. */
export function representationOfError({ headers, url }: Asking): Representation | undefined {
  const query = queryOf(url);
  return representation(formatOf(headers.accept, query) ?? 'json', query.get('_pretty') === 'true');
}

export const queryOf = (url: string): URLSearchParams => {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
};

type Asking = Pick<PageRequest, 'headers' | 'url'>;

const formatOf = (accept: string | undefined, query: URLSearchParams): Format | undefined => {
  const named = query.get('_format');
  return named ? namedFormat(named) : acceptedFormat(accept);
};

const representation = (format: Format, pretty: boolean): Representation | undefined =>
  format === 'json' && !pretty ? undefined : { format, pretty };
