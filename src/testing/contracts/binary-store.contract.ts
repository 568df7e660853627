import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import type { BinaryStore, ByteRange } from '../../fhir/storage/binary/binary-store.js';
import type { ContractTools } from './contract-tools.js';

/** A store to try. */
export interface BinaryStoreUnderTest {
  readonly store: BinaryStore;
  /** Makes the id of a content that may be stored; a new UUID where the store needs nothing else. */
  readonly newContent?: () => Promise<string>;
}

const megabyte = 2 ** 20;

/** Contract of every {@link BinaryStore}; run it from a test file with your own store. */
export function binaryStoreContract({ describe, it }: ContractTools, make: () => Promise<BinaryStoreUnderTest>): void {
  const begin = async () => {
    const { store, newContent = async () => randomUUID() } = await make();
    return { store, id: await newContent(), other: await newContent() };
  };

  describe('contract of a store of contents', () => {
    it('hands out what was stored, byte by byte, whatever the chunks', async () => {
      const { store, id } = await begin();
      const whole = randomBytes(9 * megabyte + 17);
      assert.equal(await store.write(id, inChunks(whole, [1, 3 * megabyte, 5, 65_536])), whole.length);
      assert.ok((await collect(store, id, { first: 0, last: whole.length - 1 })).equals(whole));
    });

    it('hands out any range, both ends included', async () => {
      const { store, id } = await begin();
      const whole = randomBytes(17 * megabyte);
      await store.write(id, inChunks(whole, [megabyte]));
      const edges = [0, 1, 786_431, 786_432, 8 * megabyte - 1, 8 * megabyte, 16 * megabyte, whole.length - 1];
      const toNext = edges.flatMap((first, i) => edges.slice(i, i + 2).map((last) => ({ first, last })));
      for (const { first, last } of [...toNext, { first: 0, last: whole.length - 1 }]) {
        const found = await collect(store, id, { first, last });
        assert.ok(found.equals(whole.subarray(first, last + 1)), `bytes ${first} to ${last}`);
      }
    });

    it('takes chunks as they come: it asks for the next one when it has room', async () => {
      const { store, id } = await begin();
      let made = 0;
      let most = 0;
      const chunks = (async function* () {
        for (let i = 0; i < 64; i++) {
          most = Math.max(most, ++made);
          yield Buffer.alloc(megabyte, i);
        }
      })();
      assert.equal(await store.write(id, chunks), 64 * megabyte);
      assert.equal(most, 64);
      assert.equal((await collect(store, id, { first: 63 * megabyte, last: 63 * megabyte }))[0], 63);
    });

    it('stops reading when nobody reads on', async () => {
      const { store, id } = await begin();
      await store.write(id, inChunks(randomBytes(10 * megabyte), [megabyte]));
      for await (const chunk of store.read(id, { first: 0, last: 10 * megabyte - 1 })) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal((await collect(store, id, { first: 5, last: 9 })).length, 5);
    });

    it('keeps contents apart that are stored at once', async () => {
      const { store, id, other } = await begin();
      const [one, two] = [randomBytes(2 * megabyte), randomBytes(3 * megabyte)];
      await Promise.all([store.write(id, inChunks(one, [70_000])), store.write(other, inChunks(two, [megabyte]))]);
      assert.ok((await collect(store, id, { first: 0, last: one.length - 1 })).equals(one));
      assert.ok((await collect(store, other, { first: 0, last: two.length - 1 })).equals(two));
    });

    it('rejects with what its source threw, and removes what was begun', async () => {
      const { store, id } = await begin();
      const broken = (async function* () {
        for (let i = 0; i < 9; i++) yield randomBytes(megabyte);
        throw new Error('the client went away');
      })();
      await assert.rejects(store.write(id, broken), /the client went away/);
      await store.remove(id);
      await assert.rejects(collect(store, id, { first: 0, last: 0 }));
    });

    it('removes a content for good, and no other; twice is once', async () => {
      const { store, id, other } = await begin();
      const whole = randomBytes(9 * megabyte);
      for (const one of [id, other]) await store.write(one, inChunks(whole, [megabyte]));
      await store.remove(id);
      await store.remove(id);
      await assert.rejects(collect(store, id, { first: 0, last: 0 }));
      await assert.rejects(collect(store, id, { first: 8 * megabyte + 1, last: 8 * megabyte + 2 }));
      assert.ok((await collect(store, other, { first: 0, last: whole.length - 1 })).equals(whole));
    });

    it('throws for a content that is not there, and removes it without a word', async () => {
      const { store } = await begin();
      const nowhere = randomUUID();
      await assert.rejects(collect(store, nowhere, { first: 0, last: 9 }));
      await store.remove(nowhere);
    });
  });
}

async function* inChunks(whole: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer, undefined> {
  for (let at = 0, i = 0; at < whole.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield whole.subarray(at, at + size);
    at += size;
  }
  return undefined;
}

async function collect(store: BinaryStore, id: string, range: ByteRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read(id, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
