import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asOperator, asTenant, boundTenant, currentTenant, isSomebodysWork } from './tenant.js';

// In this order: the first test is about a process that knows no tenants.
it('work of the operator is told apart until the last of it ends', async () => {
  let end = (): void => undefined;
  const waits = new Promise<void>((resolve) => (end = resolve));
  const long = asOperator('a long look', async () => {
    await waits;
    return boundTenant();
  });
  await asOperator('a short look', async () => {
    await delay(1);
    expect(() => currentTenant()).toThrow('a short look');
  });
  expect(() => asOperator('a failure', () => void currentTenant())).toThrow('a failure');
  end();
  expect(await long).toBe(0);
  expect([isSomebodysWork(), currentTenant()]).toEqual([false, 1]);
});

it('work that fails is put away like work that is done', async () => {
  await expect(asOperator('a failure', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(asOperator('another', () => boundTenant())).toBe(0);
  expect(boundTenant()).toBe(1);
});

it('work of a tenant keeps its tenant, whatever the operator does meanwhile', async () => {
  await asTenant({ tenant: 7, name: 'seven' }, async () => {
    await asOperator('a look', () => delay(1));
    await delay(1);
    expect(currentTenant()).toBe(7);
  });
});
