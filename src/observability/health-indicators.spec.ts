import { describe, expect, it } from 'vitest';
import { type HealthIndicator, HealthIndicators } from './health-indicators.js';

async function stateOf(isWell: HealthIndicator['isWell']): Promise<string | undefined> {
  const all = new HealthIndicators();
  all.add('@acme/cardio', { name: 'registry', isWell });
  return (await all.look()).get('@acme/cardio/registry');
}

describe('a health indicator of an extension', () => {
  it('is up only when it says so', async () => {
    expect(await stateOf(() => true)).toBe('up');
    expect(await stateOf(() => Promise.resolve(false))).toBe('degraded');
    expect(await stateOf(() => Promise.reject(new Error('away')))).toBe('degraded');
    expect(await stateOf(() => 'fine' as never)).toBe('degraded');
    expect(
      await stateOf(() => {
        throw new Error('at once');
      }),
    ).toBe('degraded');
  });

  it('is degraded after a second, and is not asked again while it hangs or its finding is fresh', async () => {
    let asked = 0;
    const all = new HealthIndicators();
    all.add('one', { name: 'hangs', isWell: () => new Promise<boolean>(() => void asked++) });
    all.add('two', { name: 'fine', isWell: () => (asked += 10) > 0 });
    const started = performance.now();
    const found = await Promise.all([all.look(), all.look()]);
    expect(performance.now() - started).toBeLessThan(3000);
    expect([...found[0]]).toEqual([
      ['one/hangs', 'degraded'],
      ['two/fine', 'up'],
    ]);
    await all.look();
    expect(asked % 10).toBe(1);
  });

  it('has a name of its own', () => {
    const all = new HealthIndicators();
    const indicator = { name: 'registry', isWell: () => true };
    all.add('one', indicator);
    all.add('two', indicator);
    expect(() => all.add('one', indicator)).toThrow('two health indicators have the name "registry"');
    expect(() => all.add('one', { ...indicator, name: 'The Registry' })).toThrow('needs a name of a-z');
  });
});
