import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AskingTenants } from './asking-tenants.js';
import { RequestTurns } from './request-turns.js';

const [calm, loud, third] = [2, 3, 4];

/** More than any test sends. */
const manyAtOnce = 1000;

const aResponse = (): ServerResponse => new EventEmitter() as ServerResponse;

describe('requests of several tenants (ADR 159)', () => {
  let turns: RequestTurns;
  let begun: number[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    turns = new RequestTurns(new AskingTenants(), manyAtOnce);
    begun = [];
  });
  afterEach(() => void vi.useRealTimers());

  const ask = (tenant: number, count = 1): void => {
    for (let i = 0; i < count; i++) turns.take(tenant, () => begun.push(tenant), aResponse());
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
    turns.take(loud, () => order.push('first'), aResponse());
    turns.take(loud, () => order.push('second'), aResponse());
    await setImmediate();
    turns.take(loud, () => order.push('third'), aResponse());
    turns.take(loud, () => order.push('fourth'), aResponse());
    await rounds(4);
    expect(order).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('a second after the last request of another one, a tenant is alone again', () => {
    ask(calm);
    ask(loud);
    vi.advanceTimersByTime(999);
    ask(loud, 2);
    expect(begun).toEqual([calm, loud]);
    const later = new RequestTurns(new AskingTenants(), manyAtOnce);
    later.take(calm, () => undefined, aResponse());
    later.take(loud, () => undefined, aResponse());
    vi.advanceTimersByTime(1000);
    begun = [];
    for (let i = 0; i < 5; i++) later.take(loud, () => begun.push(loud), aResponse());
    expect(begun).toHaveLength(5);
  });
});

describe('requests of a tenant that asks for more than others (ADR 167)', () => {
  let turns: RequestTurns;
  let begun: { readonly tenant: number; readonly response: EventEmitter }[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    turns = new RequestTurns(new AskingTenants(), 2);
    begun = [];
  });
  afterEach(() => void vi.useRealTimers());

  const ask = (tenant: number, count = 1): void => {
    for (let i = 0; i < count; i++) {
      const response = aResponse();
      turns.take(tenant, () => begun.push({ tenant, response }), response);
    }
  };
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await setImmediate();
  };
  const countOf = (tenant: number): number => begun.filter((one) => one.tenant === tenant).length;
  const answer = (nth: number): void => {
    leave(begun.filter(({ tenant }) => tenant === loud)[nth]!.response);
  };
  const leave = (response: EventEmitter): void => {
    Object.assign(response, { closed: true });
    response.emit('close');
  };

  it('no more than so many are under way at once, and the next begins when one has its answer', async () => {
    ask(calm);
    ask(loud, 20);
    await rounds(30);
    expect(countOf(loud)).toBe(2);
    answer(1);
    await rounds(30);
    expect(countOf(loud)).toBe(3);
    for (let nth = 2; nth < 19; nth++) {
      answer(nth);
      await rounds(3);
    }
    expect(countOf(loud)).toBe(20);
  });

  it('those of others begin at once meanwhile, more of them than one may have', async () => {
    ask(calm);
    ask(loud, 20);
    await rounds(30);
    ask(calm, 4);
    ask(third, 3);
    await rounds(5);
    expect([countOf(calm), countOf(third), countOf(loud)]).toEqual([5, 3, 2]);
  });

  it('one that takes long keeps none of the same tenant waiting, whenever it has its answer', async () => {
    ask(calm);
    ask(loud, 20);
    await rounds(30);
    vi.advanceTimersByTime(9);
    await rounds(30);
    expect(countOf(loud)).toBe(2);
    vi.advanceTimersByTime(1);
    await rounds(30);
    expect(countOf(loud)).toBe(4);
    answer(0);
    answer(1);
    await rounds(30);
    expect(countOf(loud)).toBe(4);
  });

  it('a tenant that is alone, or whom nobody has asked beside for a moment, has as many as it sends', async () => {
    ask(loud, 20);
    expect(countOf(loud)).toBe(20);
    ask(calm);
    ask(loud, 20);
    await rounds(30);
    expect(countOf(loud)).toBe(22);
    vi.advanceTimersByTime(49);
    await rounds(30);
    const meanwhile = countOf(loud);
    expect(meanwhile).toBeLessThan(40);
    vi.advanceTimersByTime(11);
    await rounds(30);
    expect(countOf(loud)).toBe(40);
  });

  it('requests whose clients went away before their turn keep nobody waiting', async () => {
    ask(calm);
    ask(loud, 20);
    await rounds(3);
    const gone = Array.from({ length: 20 }, aResponse);
    for (const response of gone) turns.take(loud, () => undefined, response);
    for (const { response } of begun.splice(0)) leave(response);
    await rounds(3);
    for (const response of gone) leave(response);
    for (let nth = 0; nth < 18; nth++) {
      answer(nth);
      await rounds(3);
    }
    begun = [];
    await rounds(30);
    // Each has an equal part of what is at hand.
    ask(calm, 4);
    ask(loud, 4);
    await rounds(5);
    expect([countOf(calm), countOf(loud)]).toEqual([4, 4]);
  });
});
