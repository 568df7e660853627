import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isSecureUrl } from '../../config/secure-url.js';
import { isObject, type JsonObject, parseJson } from '../../r4/json/json.js';
import { idOf, type PackageName } from '../../r4/packages/package-manifest.js';
import { InvalidPackage } from './invalid-package.js';
import { archiveFile, type PackageSource } from './package-source.js';

/** A package that lies in a folder of its own for a while. */
export interface Downloaded extends PackageSource {
  /** Removes it again. */
  discard(): Promise<void>;
}

/** Packed bytes; VSAC has 10 MB. */
const mostBytes = 512 * 1024 ** 2;
/** Of the list of versions of one package. */
const mostListed = 32 * 1024 ** 2;
const patienceMs = 60_000;

/** Fetches an archive. Only commands do so: a server fetches nothing. Throws {@link InvalidPackage}. */
export async function downloadArchive(url: string, expected: Integrity = {}): Promise<Downloaded> {
  if (!isSecureUrl(url)) throw new InvalidPackage(url, 'is no https address. Download the package, and give its file.');
  const place = await mkdtemp(join(tmpdir(), 'lanyard-package-'));
  const file = join(place, 'package.tgz');
  const discard = (): Promise<void> => rm(place, { recursive: true, force: true });
  try {
    const sums = { sha512: createHash('sha512'), sha1: createHash('sha1') };
    await pipeline(async function* () {
      for await (const chunk of bytesOf(url, mostBytes)) {
        for (const sum of Object.values(sums)) sum.update(chunk);
        yield chunk;
      }
    }, createWriteStream(file));
    requireIntact(url, expected, { sha512: sums.sha512.digest('base64'), sha1: sums.sha1.digest('hex') });
  } catch (error) {
    await discard();
    throw error;
  }
  return { ...archiveFile(file, url), discard };
}

/** Metadata of an archive in a registry. */
interface Integrity {
  /** Base64. */
  readonly sha512?: string;
  /** Hexadecimal. */
  readonly sha1?: string;
}

function requireIntact(url: string, expected: Integrity, found: Required<Integrity>): void {
  const differs = (['sha512', 'sha1'] as const).find(
    (one) => expected[one] !== undefined && expected[one] !== found[one],
  );
  if (differs === undefined) return;
  throw new InvalidPackage(
    url,
    `is not what the registry says that it is (${differs}). Nothing was installed; try again later.`,
  );
}

/** Fetches a package from a registry that serves it as npm's does (https://confluence.hl7.org/display/FHIR/NPM+Package+Specification). */
export async function downloadPackage(registry: string, name: PackageName): Promise<Downloaded> {
  const list = `${registry.replace(/\/+$/, '')}/${name.name}`;
  if (!isSecureUrl(list))
    throw new InvalidPackage(list, 'is no https address. Example: PACKAGE_REGISTRY=https://packages.fhir.org');
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(list, mostListed)) chunks.push(chunk);
  const dist = distOf(parseListing(list, Buffer.concat(chunks).toString('utf8')), name.version);
  if (typeof dist?.['tarball'] !== 'string')
    throw new InvalidPackage(idOf(name), `is not at ${list}. Look for its versions there, or give its file.`);
  const { integrity, shasum, tarball } = dist;
  const sha512 = typeof integrity === 'string' ? /sha512-(\S+)/.exec(integrity)?.[1] : undefined;
  const found = await downloadArchive(tarball, {
    ...(sha512 !== undefined && { sha512 }),
    ...(typeof shasum === 'string' && shasum !== '' && { sha1: shasum.toLowerCase() }),
  });
  return { ...found, given: idOf(name) };
}

function parseListing(list: string, text: string): JsonObject {
  try {
    const content = parseJson(text);
    if (isObject(content)) return content;
  } catch {
    // Told below.
  }
  throw new InvalidPackage(
    list,
    'does not answer as a registry of packages does. Give the file of the package instead.',
  );
}

function distOf({ versions }: JsonObject, version: string): JsonObject | undefined {
  const found = isObject(versions) && Object.hasOwn(versions, version) ? versions[version] : undefined;
  const dist = isObject(found) ? found['dist'] : undefined;
  return isObject(dist) ? dist : undefined;
}

function requireArchive(url: string, answer: Response): void {
  if (!isSecureUrl(answer.url)) throw new InvalidPackage(url, `leads to ${answer.url}, which is no https address.`);
  if (!answer.ok) throw new InvalidPackage(url, `answers ${answer.status}. Compare the name and the version.`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

async function* bytesOf(url: string, most: number): AsyncGenerator<Buffer> {
  let size = 0;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    requireArchive(url, answer);
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > most) throw new InvalidPackage(url, `has more than ${most / 1024 ** 2} MB, which no package has.`);
      yield Buffer.from(chunk);
    }
  } catch (error) {
    if (error instanceof InvalidPackage) throw error;
    const reason = reasonOf(error);
    throw new InvalidPackage(
      url,
      `cannot be fetched: ${reason}. Without a network, download the package elsewhere and give its file.`,
    );
  }
}
