import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { preparedName } from './prepared-name.js';

/** Names are kept by pool; nothing else of it is asked for. */
const newPool = (): Pool => ({}) as Pool;

describe('statements of the server', () => {
  it('have a name from the first time, made of the text', () => {
    const first = preparedName(newPool(), 'SELECT 1', 'server');
    expect(first).toMatch(/^lanyard-[\da-f]{32}$/);
    expect(preparedName(newPool(), 'SELECT 1', 'server')).toBe(first);
    expect(preparedName(newPool(), 'SELECT 2', 'server')).not.toBe(first);
  });
});

describe('statements of which clients choose the shape', () => {
  const ask = (pool: Pool, text: string): boolean => preparedName(pool, text, 'clients') !== undefined;
  const thrice = (pool: Pool, text: string): boolean => [1, 2, 3].map(() => ask(pool, text)).at(-1)!;

  it('have a name from the third time', () => {
    const pool = newPool();
    expect([1, 2, 3, 4].map(() => ask(pool, 'SELECT 1'))).toEqual([false, false, true, true]);
    expect(ask(newPool(), 'SELECT 1'), 'at another pool').toBe(false);
  });

  it('take no name from those that come again, however many are asked for twice', () => {
    const pool = newPool();
    for (let i = 0; i < 2000; i++) for (const _ of [1, 2]) expect(ask(pool, `SELECT ${i}`)).toBe(false);
    expect(thrice(pool, 'SELECT usual')).toBe(true);
  });

  it('are forgotten once 400,000 characters of others came after them', () => {
    const pool = newPool();
    const others = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(40_000));
    for (const _ of [1, 2]) ask(pool, 'SELECT 1');
    for (const other of others.slice(1)) ask(pool, other);
    expect(ask(pool, 'SELECT 1'), 'remembered').toBe(true);
    for (const _ of [1, 2]) ask(pool, 'SELECT 2');
    for (const other of others) ask(pool, other);
    expect(ask(pool, 'SELECT 2'), 'the first time again').toBe(false);
  });

  it('have 200 names and 100,000 characters, and leave those of the server alone', () => {
    const many = newPool();
    const named = Array.from({ length: 250 }, (_, i) => thrice(many, `SELECT ${i}`));
    expect(named.filter(Boolean)).toHaveLength(200);
    expect(named[0] && ask(many, 'SELECT 0')).toBe(true);
    const long = newPool();
    const texts = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(30_000));
    expect(texts.map((text) => thrice(long, text))).toEqual([true, true, true, false, false]);
    expect(thrice(long, 'SELECT 1'), 'a short one that has room').toBe(true);
    for (const pool of [many, long]) expect(preparedName(pool, 'SELECT server', 'server')).toBeDefined();
  });
});
