import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import type { DefinitionSource, FoundDefinition } from '../../src/r4/model/definition-source.js';

const types = ['StructureDefinition', 'ValueSet', 'CodeSystem'];

/** Resources of a file with one a line, gzipped. */
export const linesOf = (file: string): readonly JsonObject[] =>
  gunzipSync(readFileSync(file))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => parseJson(line) as JsonObject);

/** The definitions of a folder that has them by type; without version a canonical leads to the only one. */
export function definitionsOf(
  folder: string,
  drop: (resource: JsonObject) => JsonObject = (one) => one,
): DefinitionSource {
  const known = new Map<string, FoundDefinition>();
  for (const type of types.filter((one) => existsSync(join(folder, `${one}.ndjson.gz`)))) {
    for (const resource of linesOf(join(folder, `${type}.ndjson.gz`))) {
      const [url, version] = [resource['url'] as string, resource['version'] as string | undefined];
      const found = { type, url, version, origin: folder, resource: drop(resource) };
      known.set(`${type} ${url}`, found).set(`${type} ${url}|${version}`, found);
    }
  }
  return {
    revision: folder,
    find: (type, canonicals) => Promise.resolve(canonicals.map((canonical) => known.get(`${type} ${canonical}`))),
  };
}

export const noDefinitions: DefinitionSource = {
  revision: 'none',
  find: (_, canonicals) => Promise.resolve(canonicals.map(() => undefined)),
};
