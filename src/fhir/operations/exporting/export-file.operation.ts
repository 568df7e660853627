import { Injectable } from '@nestjs/common';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { ExportRows } from '../../storage/exporting/export-rows.js';
import { callerHash } from '../jobs/caller-hash.js';
import { BytesAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { requireSameAccess } from './export-access.js';

const declaration = {
  code: 'export-file',
  level: ['system'],
  affectsState: false,
  // Who may have it is who began the export, and may still read what is in it.
  access: 'any-token',
  also: 'any',
  answersBytes: 'application/fhir+ndjson',
  parameters: [
    { name: 'job', type: 'id', min: 1, documentation: 'The id of the export.' },
    { name: 'file', type: 'positiveInt', min: 1, documentation: 'The number of the file.' },
  ],
  returns: [{ name: 'return', type: 'Resource', min: 1, documentation: 'Resources, as NDJSON.' }],
  documentation:
    'A file of $export, as its manifest names it. It takes ranges, and gzip by Accept-Encoding. For who began the export only.',
} as const satisfies OperationDeclaration;

/** `$export-file?job=…&file=…`: the files of `$export`, from whichever server is asked. */
@Injectable()
export class ExportFileOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly rows: ExportRows) {}

  async run({ context, parameters: { job, file } }: OperationCall<typeof declaration>): Promise<BytesAnswer> {
    const found = await this.rows.findFile({ job, file, caller: callerHash(context.principal) });
    if (!found)
      throw new UnknownAddress(
        'There is no such file of yours: its export was cancelled or ended long ago, or it is of another caller.',
      );
    if (found.kind !== 'error') requireSameAccess(context, found);
    const contents = this.rows.contents.for(context.caller);
    return new BytesAnswer('application/fhir+ndjson', found.size, (range) => contents.read(found, range));
  }
}
