// ADR 64: an extension whose providers never end does not keep the server from saying so
import { FhirModule } from '../../fhir/fhir.module.js';
import { describe, expect, it } from 'vitest';
import { createExtended } from './create-extended.js';
import type { Extension } from './extension.js';

const extension: Extension = {
  name: '@acme/stuck',
  module: FhirModule.forFeature({ name: '@acme/stuck' }),
  features: [],
  controllers: [],
};

describe('the application with extensions', () => {
  it('is given up after its time, in one line that names them', async () => {
    const started = performance.now();
    await expect(createExtended([extension], () => new Promise(() => undefined), 50)).rejects.toThrow(
      /^EXTENSIONS: the application cannot be made with @acme\/stuck: it was not made after 0\.05 s; a provider waits for something that never comes\. Put that right, or take the extension out of EXTENSIONS\.$/,
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('may take as long as it likes without any', async () => {
    const app = {} as never;
    const later = () => new Promise<never>((resolve) => setTimeout(() => resolve(app), 100));
    expect(await createExtended([], later, 20)).toBe(app);
  });

  it('tells the first line of what a provider threw, and a refusal as it is', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('no licence.\nat line 7'));
    await expect(createExtended([extension], failing)).rejects.toThrow(/@acme\/stuck: no licence\. Put that right/);
  });
});
