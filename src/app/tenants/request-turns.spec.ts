import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AskingTenants } from './asking-tenants.js';
import { RequestTurns } from './request-turns.js';

const [calm, loud, third] = [2, 3, 4];

describe('requests of several tenants (ADR 159)', () => {
  let turns: RequestTurns;
  let begun: number[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    turns = new RequestTurns(new AskingTenants());
    begun = [];
  });
  afterEach(() => void vi.useRealTimers());

  const ask = (tenant: number, count = 1): void => {
    for (let i = 0; i < count; i++) turns.take(tenant, () => begun.push(tenant));
  };
  /** The tenants whose requests began in each of so many rounds of the event loop, the one that goes on first. */
  async function rounds(count: number): Promise<number[][]> {
    const found: number[][] = [];
    for (let i = 0; i < count; i++) {
      found.push(begun.splice(0));
      await setImmediate();
    }
    return found;
  }

  it('of a tenant that is alone all begin at once', () => {
    ask(loud, 20);
    expect(begun).toHaveLength(20);
  });

  it('one of each begins in a round, so that a flood is no more than one request ahead of anybody', async () => {
    ask(calm);
    ask(loud);
    await rounds(1);
    ask(loud, 3);
    ask(calm, 2);
    ask(third);
    expect(await rounds(4)).toEqual([[loud, calm, third], [loud, calm], [loud], []]);
  });

  it('a request that comes while those of another tenant wait begins at once', async () => {
    ask(calm);
    ask(loud, 50);
    expect((await rounds(5)).map(({ length }) => length)).toEqual([2, 1, 1, 1, 1]);
    begun = [];
    ask(calm);
    expect(begun).toEqual([calm]);
    expect((await rounds(60)).flat()).toHaveLength(1 + 50 - 6);
  });

  it('those of one tenant begin in the order in which they came', async () => {
    const order: string[] = [];
    ask(calm);
    turns.take(loud, () => order.push('first'));
    turns.take(loud, () => order.push('second'));
    await setImmediate();
    turns.take(loud, () => order.push('third'));
    turns.take(loud, () => order.push('fourth'));
    await rounds(4);
    expect(order).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('a second after the last request of another one, a tenant is alone again', () => {
    ask(calm);
    ask(loud);
    vi.advanceTimersByTime(999);
    ask(loud, 2);
    expect(begun).toEqual([calm, loud]);
    const later = new RequestTurns(new AskingTenants());
    later.take(calm, () => undefined);
    later.take(loud, () => undefined);
    vi.advanceTimersByTime(1000);
    begun = [];
    for (let i = 0; i < 5; i++) later.take(loud, () => begun.push(loud));
    expect(begun).toHaveLength(5);
  });
});
