import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Principal } from '../../../auth/principal.js';
import { Refused } from '../../../refusal/refusal.js';
import type { AccessRules } from '../../../scope/access-rules.js';
import { DecisionsUnavailable } from '../../../scope/decision-point/decisions-unavailable.js';
import { Standings } from './standing.js';

const caller = { issuer: 'https://issuer.example', subject: 'ada', kind: 'user', scopes: [] } as unknown as Principal;
let says: () => Promise<Principal>;
const standings = new Standings({ consult: () => says() } as unknown as AccessRules);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('goes on as the caller about whom the decision point was asked', async () => {
  const consulted = { ...caller };
  says = () => Promise.resolve(consulted);
  const standing = await standings.of(caller);
  expect(standing.principal).toBe(consulted);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(standing.signal.aborted).toBe(false);
  standing.stop();
});

it('ends work when the decision point permits something else than at its start', async () => {
  const consulted = { ...caller };
  says = () => Promise.resolve(consulted);
  const standing = await standings.of(caller);
  says = () => Promise.resolve({ ...caller });
  const lost = standing.whenLost.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await lost).toBeInstanceOf(Refused);
  expect(standing.requireNow).toThrow(Refused);
  standing.stop();
});

it('permits nothing while the decision point does not answer: neither at the start nor later', async () => {
  const consulted = { ...caller };
  says = () => Promise.resolve(consulted);
  const standing = await standings.of(caller);
  says = () => Promise.reject(new DecisionsUnavailable('engine'));
  const lost = standing.whenLost.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await lost).toBeInstanceOf(DecisionsUnavailable);
  standing.stop();
  await expect(standings.of(caller)).rejects.toThrow(DecisionsUnavailable);
});
