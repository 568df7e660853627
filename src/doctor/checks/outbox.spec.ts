import { describe, expect, it } from 'vitest';
import { judgeOutbox } from './outbox.js';

const listener = '@acme/cardio/notify';
const judged = (waiting: number, dead: number) =>
  judgeOutbox([{ listener, waiting, dead, oldestSeconds: 12.3 }], 1000).map(({ status, fact, cure }) => [
    status,
    fact,
    cure,
  ]);

describe('the outbox', () => {
  it('is nothing to speak of where nothing waits', () => {
    expect(judgeOutbox([], 1000)).toEqual([]);
    expect(judged(0, 0)).toEqual([]);
  });

  it('says what waits', () => {
    expect(judged(3, 0)).toEqual([['ok', '3 events wait for @acme/cardio/notify, the oldest for 12 s.', undefined]]);
  });

  it('warns of dead letters, and before events are removed', () => {
    expect(judged(0, 2)).toEqual([
      ['warning', expect.stringContaining('2 events'), expect.stringContaining('lanyard outbox list --hook')],
    ]);
    expect(judged(400, 101).map(([status, fact]) => [status, String(fact).includes('OUTBOX_LIMIT (1000)')])).toEqual([
      ['warning', true],
      ['warning', false],
    ]);
  });
});
