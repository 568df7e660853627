import type { FileKind, JobFile } from '../../storage/jobs/job-files.js';

export interface ManifestOf {
  readonly transactionTime: string;
  /** The request that began the export. */
  readonly request: string;
  readonly files: readonly JobFile[];
  readonly addressOf: (file: JobFile) => string;
}

/**
 * The manifest of an export (https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status). Release 4 calls the list of
 * OperationOutcomes `outcome`, those before it `error`: it has both names.
 */
export function manifestOf({ transactionTime, request, files, addressOf }: ManifestOf): object {
  const listed = (wanted: FileKind) =>
    files
      .filter(({ kind }) => kind === wanted)
      .map((file) => ({ type: file.type, url: addressOf(file), count: file.resources }));
  return {
    transactionTime,
    request,
    requiresAccessToken: true,
    output: listed('output'),
    deleted: listed('deleted'),
    error: listed('error'),
    outcome: listed('error'),
  };
}
