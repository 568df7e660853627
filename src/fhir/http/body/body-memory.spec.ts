import { describe, expect, it } from 'vitest';
import { asTenant } from '../../../database/tenant.js';
import type { FhirOptions } from '../../fhir-options.js';
import { type BodyHold, BodyMemory, BodyMemoryTaken } from './body-memory.js';

const megabyte = 1024 ** 2;
const [calm, loud] = [2, 3];

describe('memory for bodies of several tenants (ADR 159)', () => {
  const ofTenant = (memory: BodyMemory, tenant: number, key: string): BodyHold =>
    asTenant({ tenant, name: `t${tenant}` }, () => memory.begin({ key, isKnown: true }, () => undefined));
  /** Twenty bodies of 2 MB from as many users; the number of those that found room. */
  function held(memory: BodyMemory, tenant: number): number {
    let count = 0;
    for (let user = 0; user < 20; user++) {
      try {
        ofTenant(memory, tenant, `user-${user}`).take(2 * megabyte);
        count++;
      } catch (error) {
        expect(error).toBeInstanceOf(BodyMemoryTaken);
      }
    }
    return count;
  }
  const memoryOf = (share: number) =>
    new BodyMemory({ bodyMemory: 40 * megabyte, callerShare: share, requestTimeout: 30 } as FhirOptions);

  it('a tenant that is alone has all that is not kept for small ones', () => {
    expect(held(memoryOf(0.25), loud)).toBe(15);
  });

  it('one of several has half of it, however many users it has, and others find room', () => {
    const memory = memoryOf(0.25);
    ofTenant(memory, calm, 'a').release();
    expect(held(memory, loud)).toBe(10);
    expect(held(memory, calm)).toBe(5);
    expect(() => ofTenant(memory, calm, 'b').take(megabyte)).not.toThrow();
  });

  it('one has as much as one of its callers may have', () => {
    const memory = memoryOf(0.7);
    ofTenant(memory, calm, 'a').release();
    expect(held(memory, loud)).toBe(14);
  });

  it('what is given back is free for others of the tenant', () => {
    const memory = memoryOf(0.25);
    ofTenant(memory, calm, 'a').release();
    const first = ofTenant(memory, loud, 'first');
    first.take(10 * megabyte);
    expect(held(memory, loud)).toBe(5);
    first.release();
    expect(held(memory, loud)).toBe(5);
  });
});
