import type { Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { wrongAddress } from '../importing/source-address.js';
import type { OperationCall } from '../operation.js';
import type { bulkSubmitDeclaration } from './bulk-submit-declaration.js';
import {
  expressionOf,
  requireNone,
  type Submission,
  type SubmissionKey,
  type SubmitCall,
  type SubmittedManifest,
} from './submission.js';

type Parameters = OperationCall<typeof bulkSubmitDeclaration>['parameters'];

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];
const systems: readonly unknown[] = [
  undefined,
  'http://hl7.org/fhir/event-status',
  // Of the drafts before the ballot of release 4, with `complete` and `aborted`.
  'http://hl7.org/fhir/uv/bulkdata/ValueSet/submission-status',
];
const statuses: Readonly<Record<string, Submission['status']>> = {
  'in-progress': 'in-progress',
  completed: 'completed',
  complete: 'completed',
  stopped: 'stopped',
  aborted: 'stopped',
};

/** Headers that the server sets itself, or that lead a request elsewhere. */
const ownHeaders =
  /^(?:accept|accept-encoding|connection|content-.*|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;
const mostHeaders = 20;
const mostMetadata = 20;
/** Characters of a name, an address or a value. */
const longest = 2048;
/** Characters of headers and metadata of one manifest. */
const mostCharacters = 16_384;

/** Reads a call; throws 400 with all that is wrong. `privateHosts`: reached by http too. */
export function readSubmit(parameters: Parameters, privateHosts: readonly string[]): SubmitCall {
  const { manifestUrl, submissionStatus, replacesManifestUrl: replaces } = parameters;
  requireNone([
    ...wrongKey(parameters),
    ...wrongStatus(submissionStatus),
    ...wrongManifest(parameters, privateHosts),
    ...wrongFormat('outputFormat', parameters.outputFormat),
  ]);
  return {
    ...readKey(parameters),
    status: statuses[codeOf(submissionStatus)]!,
    ...(manifestUrl !== undefined && { manifest: manifestOf(parameters, manifestUrl) }),
    ...(replaces !== undefined && { replaces }),
  };
}

/** Identifiers of a submission; throws 400. */
export function readKey(parameters: Pick<Parameters, 'submitter' | 'submissionId'>): SubmissionKey {
  requireNone(wrongKey(parameters));
  const { submitter, submissionId } = parameters;
  const { system, value } = submitter as { system?: string; value: string };
  return { submitter: { ...(system !== undefined && { system }), value }, submissionId };
}

export function wrongFormat(name: string, value = formats[0]!): readonly Issue[] {
  if (formats.includes(value)) return [];
  const diagnostics = `${name}=${printable(value)} is not offered. It takes ${listed([...formats], 9)}.`;
  return [issue(name, 'not-supported', diagnostics)];
}

const issue = (name: string, code: string, diagnostics: string): Issue => ({
  code,
  diagnostics,
  ...expressionOf(name),
});

function wrongKey({ submitter, submissionId }: Pick<Parameters, 'submitter' | 'submissionId'>): readonly Issue[] {
  const { system, value } = submitter as Readonly<Record<string, unknown>>;
  return [
    ...(typeof value === 'string' && value !== '' ? [] : [issue('submitter', 'required', 'submitter has no value.')]),
    ...tooLong('submitter', [system, value]),
    ...tooLong('submissionId', [submissionId]),
  ];
}

function tooLong(name: string, texts: readonly unknown[]): readonly Issue[] {
  if (!texts.some((text) => typeof text === 'string' && text.length > longest)) return [];
  return [issue(name, 'too-long', `${name} has more than ${longest} characters.`)];
}

function codeOf(coding: JsonObject | undefined): string {
  if (!coding) return 'in-progress';
  const { code } = coding;
  return typeof code === 'string' ? code : '';
}

function wrongStatus(coding: JsonObject | undefined): readonly Issue[] {
  if (systems.includes(coding?.['system']) && Object.hasOwn(statuses, codeOf(coding))) return [];
  const diagnostics = `submissionStatus is none of in-progress, completed and stopped of the system ${String(systems[1])}.`;
  return [issue('submissionStatus', 'code-invalid', diagnostics)];
}

function wrongManifest(parameters: Parameters, privateHosts: readonly string[]): readonly Issue[] {
  const { manifestUrl, submissionStatus, replacesManifestUrl, fhirBaseUrl } = parameters;
  if (manifestUrl === undefined) {
    if (submissionStatus || replacesManifestUrl !== undefined) return [];
    return [issue('manifestUrl', 'required', 'Neither manifestUrl nor submissionStatus is there. Send one of them.')];
  }
  const fact = wrongAddress(manifestUrl, privateHosts);
  return [
    ...(fact === undefined ? [] : [issue('manifestUrl', 'value', fact)]),
    ...(fhirBaseUrl !== undefined && URL.canParse(fhirBaseUrl)
      ? []
      : [issue('fhirBaseUrl', 'required', 'fhirBaseUrl, an absolute URL, goes with manifestUrl.')]),
    ...tooLong('manifestUrl', [manifestUrl]),
    ...tooLong('fhirBaseUrl', [fhirBaseUrl]),
    ...wrongHeaders(parameters),
    ...wrongMetadata(parameters),
    ...wrongSize(parameters),
  ];
}

function wrongHeaders({ fileRequestHeader }: Parameters): readonly Issue[] {
  const name = 'fileRequestHeader';
  if (fileRequestHeader.length > mostHeaders)
    return [issue(name, 'too-long', `There are ${fileRequestHeader.length} headers, and ${mostHeaders} are the most.`)];
  return fileRequestHeader.flatMap(({ headerName, headerValue }) => {
    if (!/^[!#$%&'*+\-.^_`|~\w]{1,100}$/.test(headerName) || ownHeaders.test(headerName.toLowerCase()))
      return [
        issue(name, 'value', `"${printable(headerName.slice(0, 100))}" is no header that files may be asked with.`),
      ];
    if (headerValue.length <= longest && /^[\t\x20-\x7e]*$/.test(headerValue)) return [];
    return [
      issue(name, 'value', `The value of ${headerName} has other characters than ASCII, or more than ${longest}.`),
    ];
  });
}

function wrongMetadata({ metadata }: Parameters): readonly Issue[] {
  const name = 'metadata';
  if (metadata.length > mostMetadata)
    return [issue(name, 'too-long', `There are ${metadata.length} facts, and ${mostMetadata} are the most.`)];
  return metadata.flatMap(({ parameterUrl, parameterValue }) => [
    ...(URL.canParse(parameterUrl)
      ? []
      : [issue(name, 'value', `"${printable(parameterUrl.slice(0, 100))}" is no absolute URL.`)]),
    ...tooLong(name, [parameterUrl, parameterValue]),
  ]);
}

/** All of it is kept together. */
function wrongSize({ fileRequestHeader, metadata }: Parameters): readonly Issue[] {
  if (JSON.stringify([fileRequestHeader, metadata]).length <= mostCharacters) return [];
  const diagnostics = `fileRequestHeader and metadata have more than ${mostCharacters} characters together.`;
  return [issue('fileRequestHeader', 'too-long', diagnostics)];
}

function manifestOf({ fhirBaseUrl, fileRequestHeader, metadata }: Parameters, url: string): SubmittedManifest {
  const headers = Object.fromEntries(
    fileRequestHeader.map(({ headerName, headerValue }) => [headerName.toLowerCase(), headerValue]),
  );
  const facts = metadata.map(({ parameterUrl, parameterValue }) => [parameterUrl, parameterValue] as const);
  return {
    url,
    baseUrl: fhirBaseUrl!,
    ...(fileRequestHeader.length > 0 && { headers }),
    ...(facts.length > 0 && { metadata: facts }),
  };
}
