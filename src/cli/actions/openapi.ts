import { stringify } from 'yaml';
import { describeApi } from '../../app/describe-api.js';
import { readTypes } from '../../openapi/asked-types.js';
import { readSettings } from '../open-server.js';
import { print, printJson } from '../terminal.js';

export interface OpenApiCommandOptions {
  readonly type?: string;
  readonly yaml?: true;
}

export async function printOpenApi({ type, yaml }: OpenApiCommandOptions): Promise<void> {
  const types = type === undefined ? undefined : readTypes(type, Infinity);
  const document = await describeApi(readSettings(), [], types);
  if (yaml) print(stringify(document, { aliasDuplicateObjects: false }).trimEnd());
  else printJson(document);
}
