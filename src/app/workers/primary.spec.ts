import { expect, it } from 'vitest';
import { workersOf } from './primary.js';
import { shareOfWorker } from './share-of-worker.js';

it('auto is one for each processor, as far as the connections suffice', () => {
  expect(workersOf({ workers: 'auto', databasePool: 10 }, 3)).toBe(3);
  expect(workersOf({ workers: 'auto', databasePool: 10 }, 16)).toBe(5);
  expect(workersOf({ workers: 'auto', databasePool: 1 }, 16)).toBe(1);
});

it('a number is what it says, or refused with what it needs', () => {
  expect(workersOf({ workers: 1, databasePool: 1 })).toBe(1);
  expect(workersOf({ workers: 4, databasePool: 8 })).toBe(4);
  expect(() => workersOf({ workers: 4, databasePool: 7 })).toThrow(/DATABASE_POOL has 7.*WORKERS=4 DATABASE_POOL=8/);
});

it('what holds for the server is parted among its workers, and no limit stays none', () => {
  const budgets = { databasePool: 10, databaseQueue: 500, authFailureRate: 5, signInRate: 0 };
  expect(shareOfWorker(budgets, 4)).toEqual({
    DATABASE_POOL: '2',
    DATABASE_QUEUE: '125',
    AUTH_FAILURE_RATE: '1',
    SIGN_IN_RATE: '0',
  });
});
