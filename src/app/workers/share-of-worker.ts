import type { ProcessSettings } from '../../config/process-settings.js';

/** Fewer connections stop a worker: some work holds one while it asks for another. */
export const fewestConnections = 2;

type Budgets = Pick<ProcessSettings, 'databasePool' | 'databaseQueue' | 'authFailureRate' | 'signInRate'>;

/** Settings that hold for all workers of a server, as the settings of one of `count` workers. */
export function shareOfWorker(budgets: Budgets, count: number): Readonly<Record<string, string>> {
  const { databasePool, databaseQueue, authFailureRate, signInRate } = budgets;
  const part = (whole: number, least: number): string => String(Math.max(least, Math.floor(whole / count)));
  // 0 is no limit.
  const rate = (whole: number): string => (whole === 0 ? '0' : part(whole, 1));
  return {
    DATABASE_POOL: part(databasePool, fewestConnections),
    DATABASE_QUEUE: part(databaseQueue, 1),
    AUTH_FAILURE_RATE: rate(authFailureRate),
    SIGN_IN_RATE: rate(signInRate),
  };
}
