import { Tinypool } from 'tinypool';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { largeDocuments } from '../../../../test/support/large-documents.js';
import { shareTurns } from '../../../r4/json/turn-shares.js';
import { LargeDocuments } from './large-documents.js';

describe('large documents of several owners (ADR 160)', () => {
  const [calm, loud] = [2, 3];
  let [owner, others] = [loud, true];
  let ended: number[];
  let endSharing: () => void;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    ended = [];
    endSharing = shareTurns({ owner: () => owner, isShared: () => others });
  });
  afterEach(() => {
    endSharing();
    vi.useRealTimers();
  });

  /** Starts work of 100 ms for each owner, in this order; returns when so many have ended, and no more do until time passes. */
  async function start(owners: readonly number[], count: number): Promise<void> {
    const documents = largeDocuments();
    for (const own of owners) {
      owner = own;
      const task = {
        depthLimit: 10,
        get text() {
          vi.advanceTimersByTime(100);
          return '<Patient xmlns="http://hl7.org/fhir"/>';
        },
      };
      void documents.run('readXml', task).then(() => ended.push(own));
    }
    await settled(count);
  }

  /** Until so many have ended, and no more do for a while. */
  async function settled(count: number): Promise<void> {
    const { setTimeout: sleep } = await vi.importActual<typeof import('node:timers/promises')>('node:timers/promises');
    while (ended.length < count) await sleep(5);
    await sleep(50);
  }

  it('one is worked on at a time, then those of another one, and an owner rests twice as long as it worked', async () => {
    await start([loud, loud, loud, calm], 2);
    expect(ended).toEqual([loud, calm]);
    // The work of the other one took half of its rest.
    vi.advanceTimersByTime(99);
    await settled(2);
    expect(ended).toEqual([loud, calm]);
    vi.advanceTimersByTime(1);
    await settled(3);
    expect(ended).toEqual([loud, calm, loud]);
    vi.advanceTimersByTime(200);
    await settled(4);
    expect(ended).toEqual([loud, calm, loud, loud]);
  });

  it('those of an owner that is alone follow each other', async () => {
    others = false;
    await start([loud, loud, loud], 3);
    expect(ended).toEqual([loud, loud, loud]);
  });
});

it('the threads end with the last server that has them, and a later one has others', async () => {
  const destroy = vi.spyOn(Tinypool.prototype, 'destroy').mockResolvedValue();
  const pools = new Set<unknown>();
  vi.spyOn(Tinypool.prototype, 'run').mockImplementation(function (this: Tinypool) {
    pools.add(this);
    return Promise.resolve({ result: 'done' });
  });
  const documents = new LargeDocuments(new URL('file:///none.js'));
  documents.shared();
  documents.shared();
  await documents.run('readXml', { text: '' });
  await documents.onModuleDestroy();
  expect(destroy).not.toHaveBeenCalled();
  await documents.onModuleDestroy();
  expect(destroy).toHaveBeenCalledOnce();
  documents.shared();
  await documents.run('readXml', { text: '' });
  expect(pools.size).toBe(2);
  vi.restoreAllMocks();
});
