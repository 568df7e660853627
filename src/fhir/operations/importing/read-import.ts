import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { LongCall } from '../jobs/long-operation.js';
import type { importDeclaration } from './import-declaration.js';
import { nameOf, wrongAddress, wrongType } from './source-address.js';

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
  /** Headers that it is asked with. */
  readonly headers?: Readonly<Record<string, string>>;
}

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];
/** Files of one call. */
export const mostSources = 1000;

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
    ...input
      .flatMap(({ url, type }) => [wrongAddress(url, privateHosts), wrongType(type)])
      .flatMap((fact) => fact ?? [])
      .map((fact) => issue('input', 'value', fact)),
  ];
}
