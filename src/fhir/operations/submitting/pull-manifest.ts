import { createHash } from 'node:crypto';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { objectsOf } from '../../../r4/json/items.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { readJson } from '../../../r4/json/read-json.js';
import { fetchSource, SourceFailed } from '../importing/fetch-source.js';
import { type ImportSource, mostSources } from '../importing/read-import.js';
import { nameOf, wrongAddress, wrongType } from '../importing/source-address.js';
import type { ItemLimits } from '../importing/source-items.js';
import { untilRead } from '../importing/until-read.js';

/** One page of a manifest. */
export interface ManifestPage {
  readonly files: readonly ImportSource[];
  /** Address of the page after it. */
  readonly next?: string;
  /** Hash of its bytes. */
  readonly digest: string;
  /** Entries that nothing is imported of, and why; for its caller. */
  readonly faults: readonly string[];
}

interface Pulling {
  readonly limits: ItemLimits;
  readonly signal: AbortSignal;
}

/** Bytes of one page, and values in it. */
const pageLimit = 8 * 1024 ** 2;
const valuesLimit = 1_000_000;
const sizeCure = 'Name its files on several pages (link with relation next), or in several manifests.';
/** Faults that are told one by one. */
const mostFaults = 100;

/**
 * Fetches a page of a manifest (https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/StructureDefinition-BulkDataManifest.html) as files are
 * fetched. Throws {@link SourceFailed}.
 */
export async function pullManifest(
  { url, headers }: Pick<ImportSource, 'url' | 'headers'>,
  { limits, signal }: Pulling,
): Promise<ManifestPage> {
  const source = { name: nameOf(url!), url: url!, ...(headers && { headers }) };
  const bytes = await untilRead(
    async () => {
      const parts: Buffer[] = [];
      for await (const part of fetchSource(source, { ...limits, fileLimit: pageLimit, sizeCure }, signal))
        parts.push(part);
      return Buffer.concat(parts);
    },
    { limits, signal },
  );
  const manifest = await jsonOf(bytes, limits);
  const next = nextOf(manifest, limits.privateHosts);
  const digest = createHash('sha256').update(bytes).digest('base64url');
  return { ...filesOf(manifest, limits.privateHosts, headers), ...(next !== undefined && { next }), digest };
}

async function jsonOf(bytes: Buffer, limits: ItemLimits): Promise<JsonObject> {
  let manifest: Json;
  try {
    manifest = await readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { ...limits, valuesLimit });
  } catch (error) {
    const why = error instanceof FhirError ? ` ${error.message}` : ' It is not UTF-8.';
    throw new SourceFailed(`It is no JSON that is read here.${why}`, true);
  }
  if (!isObject(manifest) || !Array.isArray(manifest['output']))
    throw new SourceFailed('It is no manifest: JSON with an array "output" of files is expected.', true);
  if (manifest['outputOrganizedBy'] !== undefined)
    throw new SourceFailed(
      'It is organized by a type (outputOrganizedBy). Organize it by files of one type each.',
      true,
    );
  const { length } = manifest['output'];
  if (length > mostSources)
    throw new SourceFailed(`It names ${length} files, and ${mostSources} are the most of one page. ${sizeCure}`, true);
  return manifest;
}

function filesOf(
  manifest: JsonObject,
  privateHosts: readonly string[],
  headers: ImportSource['headers'],
): Pick<ManifestPage, 'files' | 'faults'> {
  const output = manifest['output'] as readonly Json[];
  const faults: string[] = [];
  const files: ImportSource[] = [];
  for (const [index, entry] of output.entries()) {
    const fault = faultOf(entry, privateHosts);
    if (fault !== undefined) faults.push(`output[${index}] is not imported. ${fault}`);
    else files.push(fileOf(entry as unknown as { url: string; type?: string }, headers));
  }
  const { length: deleted } = objectsOf(manifest['deleted']);
  if (deleted > 0)
    faults.push(
      `The ${deleted} files of "deleted" are not taken. Delete resources by a Bundle of type batch or transaction.`,
    );
  const more = faults.length - mostFaults;
  return {
    files,
    faults: more > 0 ? [...faults.slice(0, mostFaults), `${more} more entries are not imported.`] : faults,
  };
}

function faultOf(entry: Json, privateHosts: readonly string[]): string | undefined {
  if (!isObject(entry) || typeof entry['url'] !== 'string') return 'It has no url.';
  const { url, type } = entry;
  if (type !== undefined && typeof type !== 'string') return 'Its type is no text.';
  return wrongAddress(url, privateHosts) ?? wrongType(type);
}

const fileOf = ({ url, type }: { url: string; type?: string }, headers: ImportSource['headers']): ImportSource => ({
  name: nameOf(url),
  url,
  ...(type !== undefined && { type }),
  ...(headers && { headers }),
});

function nextOf(manifest: JsonObject, privateHosts: readonly string[]): string | undefined {
  const url = objectsOf(manifest['link']).find(({ relation }) => relation === 'next')?.['url'];
  if (url === undefined) return undefined;
  const fault =
    typeof url === 'string'
      ? wrongAddress(url, privateHosts)
      : `${printable(JSON.stringify(url).slice(0, 50))} is no address.`;
  if (fault !== undefined) throw new SourceFailed(`Its next page is not fetched. ${fault}`, true);
  return url as string;
}
