import { isSecureUrl } from '../../../config/secure-url.js';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { isResourceType, suggestType } from '../../../r4/model/resource-types.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { LongCall } from '../jobs/long-operation.js';
import type { importDeclaration } from './import-declaration.js';

export type ImportCall = LongCall<typeof importDeclaration>;

/** A file of an import: at an address, or the body of the call. */
export interface ImportSource {
  /** For people and the audit: without what may be a secret. */
  readonly name: string;
  readonly url?: string;
  readonly content?: ExternalContent;
  /** Type of all its resources. */
  readonly type?: string;
  readonly etag?: string;
}

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];
/** Files of one call. */
const mostSources = 1000;

/** Reads a call of `$import`; throws 400 with all that is wrong. `privateHosts`: reached by http too. */
export function readImport(call: ImportCall, privateHosts: readonly string[]): readonly ImportSource[] {
  const wrong = [...wrongOptions(call), ...wrongSources(call, privateHosts)];
  const [first, ...others] = wrong;
  if (first) throw new InvalidRequest(first, ...others);
  const { lines, parameters } = call;
  if (lines) return [{ name: 'body', content: lines }];
  return parameters.input.map(({ url, type, etag }) => ({
    name: nameOf(url),
    url,
    ...(type !== undefined && { type }),
    ...(etag !== undefined && { etag }),
  }));
}

/** Queries may have signatures in them. */
const nameOf = (url: string): string => `${new URL(url).origin}${new URL(url).pathname}`;

const issue = (name: string, code: string, diagnostics: string): Issue => ({
  code,
  diagnostics,
  expression: [`Parameters.parameter.where(name='${name}')`],
});

function wrongOptions({ parameters }: ImportCall): readonly Issue[] {
  const { inputFormat, mode, storageDetail } = parameters;
  return [
    ...unless(formats, 'inputFormat', inputFormat),
    ...unless(['IncrementalLoad'], 'mode', mode),
    ...unless(['https'], 'storageDetail', storageDetail?.type),
  ];
}

function unless(offered: readonly string[], name: string, value = offered[0]!): readonly Issue[] {
  if (offered.includes(value)) return [];
  const diagnostics = `${name}=${printable(value)} is not offered. It takes ${listed([...offered], 9)}.`;
  return [issue(name, 'not-supported', diagnostics)];
}

function wrongSources({ parameters: { input }, lines }: ImportCall, privateHosts: readonly string[]): readonly Issue[] {
  if (lines) return [];
  if (input.length === 0) {
    return [
      issue(
        'input',
        'required',
        'There is nothing to import. Send Parameters with input (type, url), or NDJSON with Content-Type: application/fhir+ndjson.',
      ),
    ];
  }
  if (input.length > mostSources)
    return [
      issue('input', 'too-long', `${input.length} files are named, and ${mostSources} are the most of one call.`),
    ];
  const twice = input.map(({ url }) => url).filter((url, at, all) => all.indexOf(url) !== at);
  return [
    ...twice.map((url) => issue('input', 'duplicate', `The address ${printable(url)} is there twice.`)),
    ...input.flatMap(({ url, type }) => [...wrongUrl(url, privateHosts), ...wrongType(type)]),
  ];
}

function wrongUrl(url: string, privateHosts: readonly string[]): readonly Issue[] {
  const fact = `"${printable(url)}" is no https address without credentials in it.`;
  const refused = [issue('input', 'value', `${fact} The server fetches files from such addresses only.`)];
  if (!URL.canParse(url)) return refused;
  const { protocol, host, hostname, username, password } = new URL(url);
  const isNamed = protocol === 'http:' && (privateHosts.includes(host) || privateHosts.includes(hostname));
  const isFetched = isNamed || (protocol === 'https:' && isSecureUrl(url));
  return isFetched && username === '' && password === '' ? [] : refused;
}

function wrongType(type: string | undefined): readonly Issue[] {
  if (type === undefined || isResourceType(type)) return [];
  const meant = suggestType(type);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return [issue('input', 'value', `${printable(type)} is no resource type of R4.${hint}`)];
}
