import type { S3Client } from '@aws-sdk/client-s3';
import { StartRefused } from '../../../config/checks/start-refused.js';
import type { BinaryStore, ByteRange } from './binary-store.js';

/** Where contents lie: `BINARY_STORE` and `BINARY_STORE_ENDPOINT`. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the bucket is this server's alone. */
  readonly prefix: string;
  /** Of a server that is not AWS; addressed by paths. */
  readonly endpoint?: string | undefined;
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** Bytes of each object but the last. */
const objectSize = 8 * 2 ** 20;
const connectionTimeout = 5000;
const requestTimeout = 20_000;
const packageName = '@aws-sdk/client-s3';

/**
 * Contents in a bucket of S3, each as objects `PREFIX/CONTENT/NUMBER` of 8 MiB. So there are no uploads of several parts
 * that the bucket keeps, unseen, when a server stops in the middle. Region and credentials are found by the AWS SDK as it does everywhere.
 */
export class S3BinaryStore implements BinaryStore {
  readonly name = 's3';

  private constructor(
    private readonly sdk: Sdk,
    private readonly client: S3Client,
    private readonly place: S3Place,
  ) {}

  /** Throws {@link StartRefused} where the client of S3 is not installed. */
  static async open(place: S3Place): Promise<S3BinaryStore> {
    const sdk = await load();
    const { endpoint } = place;
    const requestHandler = { connectionTimeout, requestTimeout };
    if (endpoint === undefined) {
      const client = new sdk.S3Client({ requestHandler });
      await client.config.region().catch(() => {
        throw new StartRefused(
          'BINARY_STORE needs the region of the bucket: set AWS_REGION, such as AWS_REGION=eu-central-1',
        );
      });
      return new S3BinaryStore(sdk, client, place);
    }
    // Servers that are not AWS know only what the protocol demands, and mostly no regions.
    const other = {
      requestHandler,
      endpoint,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const;
    const found = new sdk.S3Client(other);
    const region = await found.config.region().catch(() => 'us-east-1');
    return new S3BinaryStore(sdk, new sdk.S3Client({ ...other, region }), place);
  }

  async write(contentId: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    let size = 0;
    let number = 0;
    for await (const bytes of inObjects(chunks)) {
      const { PutObjectCommand } = this.sdk;
      const object = { Bucket: this.place.bucket, Key: this.key(contentId, number++) };
      await this.client.send(
        new PutObjectCommand({
          ...object,
          Body: bytes,
          ContentLength: bytes.length,
          ContentType: 'application/octet-stream',
        }),
      );
      size += bytes.length;
    }
    return size;
  }

  async *read(contentId: string, { first, last }: ByteRange): AsyncGenerator<Buffer, undefined> {
    for (let number = Math.floor(first / objectSize); number * objectSize <= last; number++) {
      const offset = number * objectSize;
      const range = { first: Math.max(first - offset, 0), last: Math.min(last - offset, objectSize - 1) };
      yield* this.readObject(this.key(contentId, number), range);
    }
    return undefined;
  }

  /** Some servers hand out more than was asked for. */
  private async *readObject(Key: string, { first, last }: ByteRange): AsyncGenerator<Buffer, undefined> {
    const { GetObjectCommand } = this.sdk;
    const object = { Bucket: this.place.bucket, Key, Range: `bytes=${first}-${last}` };
    const { Body: body, ContentRange: found = 'bytes 0-' } = await this.client.send(new GetObjectCommand(object));
    if (!body || !found.startsWith(`bytes ${first}-`)) throw new Error(`${Key} is not read from byte ${first} on`);
    let left = last - first + 1;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      yield Buffer.from(chunk).subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return undefined;
    }
    return undefined;
  }

  async remove(contentId: string): Promise<void> {
    const { DeleteObjectCommand, ListObjectsV2Command } = this.sdk;
    const { bucket: Bucket } = this.place;
    let token: string | undefined;
    do {
      const listed = await this.client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: this.key(contentId, ''),
          ...(token && { ContinuationToken: token }),
        }),
      );
      for (const { Key } of listed.Contents ?? []) {
        if (Key !== undefined) await this.client.send(new DeleteObjectCommand({ Bucket, Key }));
      }
      token = listed.NextContinuationToken;
    } while (token !== undefined);
  }

  private key(contentId: string, number: number | ''): string {
    const { prefix } = this.place;
    return `${prefix === '' ? '' : `${prefix}/`}${contentId}/${number}`;
  }
}

async function load(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartRefused(
      `BINARY_STORE needs the package ${packageName}, which is not installed. Install it beside the server: npm install ${packageName}@3`,
    );
  }
}

/** Yields the bytes in buffers of {@link objectSize}; the last may be smaller. */
async function* inObjects(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    while (size >= objectSize) {
      const whole = Buffer.concat(held, size);
      yield whole.subarray(0, objectSize);
      held = [whole.subarray(objectSize)];
      size -= objectSize;
    }
  }
  if (size > 0) yield Buffer.concat(held, size);
  return undefined;
}
