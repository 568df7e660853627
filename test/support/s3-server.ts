import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = new URL('../s3-server/', import.meta.url);

/** True if a server of S3's protocol is installed: `npm ci --prefix test/s3-server`. */
export const hasS3Server = existsSync(new URL('node_modules/s3rver', folder));

if (!hasS3Server) {
  process.stderr.write('No s3rver here (npm ci --prefix test/s3-server): its tests are left out.\n');
}

interface Running {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

/** s3rver, with one bucket, in a folder of its own. */
export class S3Server {
  readonly bucket = 'lanyard-test';

  private constructor(
    private readonly server: Running,
    private readonly directory: string,
    readonly endpoint: string,
  ) {}

  static async start(): Promise<S3Server> {
    const directory = await mkdtemp(join(tmpdir(), 'lanyard-s3-'));
    const Server = createRequire(new URL('package.json', folder))('s3rver') as new (options: object) => Running;
    const configureBuckets = [{ name: 'lanyard-test', configs: [] }];
    const server = new Server({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
    const { port } = await server.run();
    return new S3Server(server, directory, `http://127.0.0.1:${port}`);
  }

  /** Names of what the bucket holds on disk, with the folders of contents. */
  async names(): Promise<readonly string[]> {
    return (await readdir(join(this.directory, this.bucket), { recursive: true })).filter((name) =>
      /object/.test(name),
    );
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true });
  }
}

const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' } as const;

/** Lets the AWS SDK find the credentials that s3rver knows; returns what takes them away again. */
export function s3Credentials(): () => void {
  Object.assign(process.env, credentials);
  return () => {
    for (const name of Object.keys(credentials)) Reflect.deleteProperty(process.env, name);
  };
}
