import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { authOptions, fhirBase } from '../../../test/support/auth-options.js';
import { TestIssuer } from '../../../test/support/issuer.js';
import { AdvertisedIssuer } from './advertised-issuer.js';

let first: TestIssuer;
let second: TestIssuer;
beforeAll(async () => {
  first = await TestIssuer.start(fhirBase);
  second = await TestIssuer.start(fhirBase);
});
afterAll(async () => {
  await first.close();
  await second.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  first.behaviour = 'serve';
  first.metadata = {};
});

/** The clock that the cache goes by, ahead of the real one. */
const advance = (milliseconds: number): void => {
  const ahead = performance.now() + milliseconds;
  vi.spyOn(performance, 'now').mockReturnValue(ahead);
};
const both = (advertiseSecond = false): AdvertisedIssuer =>
  new AdvertisedIssuer(
    authOptions({ issuers: [first.trust(), second.trust(advertiseSecond ? { advertise: true } : {})] }),
  );

describe('AdvertisedIssuer', () => {
  it('is the first one, or the one that the settings say', async () => {
    expect(await both().metadata()).toMatchObject({ issuer: first.url });
    expect(await both(true).metadata()).toMatchObject({ issuer: second.url });
  });

  it('is nobody where this server has an issuer of its own, or trusts none', async () => {
    const before = first.requests.discovery;
    const own = authOptions({ issuers: [first.trust()], localIssuer: 'https://host.example/oauth2' });
    expect(await new AdvertisedIssuer(own).metadata()).toBeUndefined();
    expect(await new AdvertisedIssuer(authOptions()).metadata()).toBeUndefined();
    expect(first.requests.discovery).toBe(before);
  });

  it('is asked once for all who ask, and again when its answer is old, while the old one is told', async () => {
    const before = first.requests.discovery;
    const advertised = both();
    await Promise.all([advertised.metadata(), advertised.metadata(), advertised.metadata()]);
    await advertised.metadata();
    expect(first.requests.discovery).toBe(before + 1);
    first.metadata = { scopes_supported: ['launch'] };
    advance(11 * 60_000);
    expect(await advertised.metadata()).not.toHaveProperty('scopes_supported');
    await expect.poll(() => advertised.metadata()).toMatchObject({ scopes_supported: ['launch'] });
    expect(first.requests.discovery).toBe(before + 2);
  });

  it('stays what was known while it is down, and is not asked all the time', async () => {
    const advertised = both();
    await advertised.metadata();
    first.behaviour = 'fail';
    const before = first.requests.discovery;
    advance(11 * 60_000);
    for (let i = 0; i < 3; i++) expect(await advertised.metadata()).toMatchObject({ issuer: first.url });
    await expect.poll(() => first.requests.discovery).toBe(before + 1);
    expect(await advertised.metadata()).toMatchObject({ issuer: first.url });
    expect(first.requests.discovery).toBe(before + 1);
  });

  it('is unknown when it was never up, or its document names another issuer; later it is asked again', async () => {
    first.metadata = { issuer: 'https://evil.example' };
    const advertised = both();
    expect(await advertised.metadata()).toBeUndefined();
    first.metadata = {};
    expect(await advertised.metadata()).toBeUndefined();
    advance(6_000);
    expect(await advertised.metadata()).toMatchObject({ issuer: first.url });
  });
});
