import { expect, it } from 'vitest';
import { PlansBusy, PlanTurns } from './plan-turns.js';

const caller = (subject: string) => ({ issuer: 'https://i.example', subject });
const never = () => Promise.reject(new Error('was not to begin'));

it('gives a caller one plan at a time, and all callers two', async () => {
  const turns = new PlanTurns();
  const ends: (() => void)[] = [];
  const begin = (subject: string) => turns.run(caller(subject), () => new Promise<void>((end) => ends.push(end)));
  const first = begin('a');
  await expect(turns.run(caller('a'), never)).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
  const second = begin('b');
  const third = turns.run(caller('c'), never);
  await expect(third).rejects.toThrow(PlansBusy);
  await expect(third).rejects.toMatchObject({
    issues: [{ code: 'throttled', diagnostics: expect.stringContaining('2 plans are being made') }],
  });
  for (const end of ends) end();
  await Promise.all([first, second]);
  expect(await turns.run(caller('c'), () => Promise.resolve('made'))).toBe('made');
});

it('gives the turn back when a plan fails', async () => {
  const turns = new PlanTurns();
  const fail = () => turns.run(caller('a'), () => Promise.reject(new Error('no package')));
  await expect(fail()).rejects.toThrow('no package');
  await expect(fail()).rejects.toThrow('no package');
});
