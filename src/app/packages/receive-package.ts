import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { arriving, requirePlainCoding } from '../../fhir/http/body/body-bytes.js';
import { archiveFile, type PackageSource } from '../../fhir/packages/package-source.js';
import { essence } from '../../r4/rest/media-type.js';

/** Packed bytes that a request may send; larger packages are for the command. */
const limit = {
  bytes: 128 * 1024 ** 2,
  setting: 'none: fixed',
  advice: 'Install it with: lanyard package install FILE',
};

const types: ReadonlySet<string> = new Set([
  'application/gzip',
  'application/x-gzip',
  'application/x-gtar',
  'application/tar+gzip',
]);

const path = /^\/admin\/packages(?:\/plan)?\/?$/;

/** True for the archive of a package: its body is read after the guards, by the handler. */
export const isPackageUpload = ({
  method,
  url,
  headers,
}: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): boolean =>
  method === 'POST' && path.test(url.split('?', 1)[0]!) && types.has(essence(headers['content-type'] ?? ''));

interface Received {
  readonly source: PackageSource;
  discard(): Promise<void>;
}

/** The archive that was sent, on the disk while it is read; undefined where something else was. */
export async function receivePackage(request: FastifyRequest): Promise<Received | undefined> {
  if (!isPackageUpload(request)) return undefined;
  requirePlainCoding(request);
  const place = await mkdtemp(join(tmpdir(), 'lanyard-package-'));
  const discard = (): Promise<void> => rm(place, { recursive: true, force: true });
  const file = join(place, 'sent.tgz');
  const raw: IncomingMessage = request.raw;
  try {
    await pipeline(arriving(raw, { limit }), createWriteStream(file));
  } catch (error) {
    await discard();
    throw error;
  }
  return { source: archiveFile(file, 'The package'), discard };
}
