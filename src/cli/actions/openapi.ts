import { stringify } from 'yaml';
import { describeApi } from '../../app/describe-api.js';
import { readTypes } from '../../openapi/asked-types.js';
import { openSetup } from '../open-server.js';
import { print, printJson } from '../terminal.js';

export interface OpenApiCommandOptions {
  readonly type?: string;
  readonly plain?: true;
  readonly yaml?: true;
}

export async function printOpenApi({ type, plain, yaml }: OpenApiCommandOptions): Promise<void> {
  const asked = { ...(type !== undefined && { types: readTypes(type, Infinity) }), isPlain: plain === true };
  const { config, extensions } = await openSetup();
  const document = await describeApi(config, extensions, asked);
  if (yaml) print(stringify(document, { aliasDuplicateObjects: false }).trimEnd());
  else printJson(document);
}
