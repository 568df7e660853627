// docs/adr/0065: stores of contents, by one contract
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import { beginUpload } from '../../src/fhir/storage/binary/binary-statements.js';
import { PostgresBinaryStore } from '../../src/fhir/storage/binary/postgres-binary-store.js';
import { S3BinaryStore } from '../../src/fhir/storage/binary/s3-binary-store.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { entities, migrations } from '../../src/app/start/schema.js';
import { binaryStoreContract } from '../../src/testing/contracts/binary-store.contract.js';
import { MemoryBinaryStore } from '../support/memory-binary-store.js';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { hasS3Server, s3Credentials, S3Server } from '../support/s3-server.js';

describe('PostgreSQL', () => {
  let database: FreshDatabase;
  let dataSource: ReturnType<typeof createDataSource>;
  let session: SqlSession;
  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = createDataSource(database.connection, migrations, entities);
    await dataSource.initialize();
    session = new SqlSession(poolOf(dataSource), { statementTimeout: 30 });
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  binaryStoreContract({ describe, it }, async () => ({
    store: new PostgresBinaryStore(session),
    newContent: async () => {
      const id = uuidv7();
      await session.count(beginUpload(id));
      return id;
    },
  }));
});

describe('a store in memory', () => {
  binaryStoreContract({ describe, it }, async () => ({ store: new MemoryBinaryStore() }));
});

describe.runIf(hasS3Server)('S3', () => {
  let server: S3Server;
  let forget: () => void;
  beforeAll(async () => {
    forget = s3Credentials();
    server = await S3Server.start();
  });
  afterAll(async () => {
    await server.close();
    forget();
  });

  const open = (prefix = '') => S3BinaryStore.open({ bucket: server.bucket, prefix, endpoint: server.endpoint });

  binaryStoreContract({ describe, it }, async () => ({ store: await open() }));

  it('keeps its contents below its prefix, and leaves those of others alone', async () => {
    const [mine, other] = [await open('a/b'), await open('a/c')];
    const id = uuidv7();
    async function* chunks() {
      yield randomBytes(100_000);
    }
    await mine.write(id, chunks());
    await other.write(id, chunks());
    await mine.remove(id);
    await expect(mine.read(id, { first: 0, last: 9 }).next()).rejects.toThrow(/key does not exist/i);
    expect((await other.read(id, { first: 0, last: 9 }).next()).value).toHaveLength(10);
    await other.remove(id);
    expect((await server.names()).filter((name) => name.includes(id))).toEqual([]);
  });

  it('that is not there rejects, and soon', async () => {
    const nowhere = await S3BinaryStore.open({ bucket: 'nowhere', prefix: '', endpoint: server.endpoint });
    async function* chunks() {
      yield randomBytes(10);
    }
    await expect(nowhere.write(uuidv7(), chunks())).rejects.toThrow(/bucket does not exist/i);
  });
});
