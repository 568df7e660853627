import type { FileKind, JobFile } from '../../storage/jobs/job-files.js';

export interface ManifestOf {
  readonly transactionTime: string;
  /** The request that began the export. */
  readonly request: string;
  readonly files: readonly JobFile[];
  /** Files have blocks of resources of this type, in place of one type. */
  readonly organizedBy?: string | undefined;
  readonly addressOf: (file: JobFile) => string;
}

/**
 * The manifest of an export (https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status). Release 4 calls the list of
 * OperationOutcomes `outcome`, those before it `error`: it has both names.
 */
export function manifestOf({ transactionTime, request, files, organizedBy, addressOf }: ManifestOf): object {
  const listed = (wanted: FileKind) =>
    files
      .filter(({ kind }) => kind === wanted)
      .map((file) => ({ type: file.type, url: addressOf(file), count: file.resources }));
  return {
    transactionTime,
    request,
    requiresAccessToken: true,
    ...(organizedBy !== undefined && { outputOrganizedBy: organizedBy }),
    output: organizedBy === undefined ? listed('output') : blocksIn(files, addressOf),
    deleted: listed('deleted'),
    error: listed('error'),
    outcome: listed('error'),
  };
}

/** https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-output-file-organization: a block that is split goes on in the next file. */
function blocksIn(files: readonly JobFile[], addressOf: ManifestOf['addressOf']): readonly object[] {
  const output = files.filter(({ kind }) => kind === 'output');
  return output.map((file, place) => {
    const next = file.continues ? output[place + 1] : undefined;
    return { url: addressOf(file), ...(next && { continuesInFile: addressOf(next) }), count: file.resources };
  });
}
