import { FhirError } from '../../r4/errors/fhir-error.js';
import type { LimitName } from './tenant-limits.js';

const facts = {
  requests: (limit: number) => `it may be sent ${limit} requests a second. Send fewer at once`,
  resources: (limit: number) => `it may hold ${limit} resources, and this would be more. Delete some`,
  bytes: (limit: number) =>
    `its resources, their versions and contents may take ${limit} bytes, and this would be more`,
  jobs: (limit: number) => `no more than ${limit} jobs are under way at once. Wait for one to end, or cancel one`,
  exports: (limit: number) =>
    `files of exports may take ${limit} bytes, and this would be more. Delete exports that were fetched, or export less`,
} as const satisfies Record<LimitName, (limit: number) => string>;

/** The limit, and who can change it. */
export const limitFact = (name: LimitName, limit: number): string =>
  `The limit "${name}" of this server is reached: ${facts[name](limit)}. The operator of this server can raise it.`;

/** A tenant has used what its operator gives it: 507 for what is stored, 429 for what passes. Nothing was done. */
export class TenantLimitReached extends FhirError {
  readonly status: 429 | 507;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(name: LimitName, limit: number) {
    const passes = name === 'requests' || name === 'jobs';
    super({ code: passes ? 'throttled' : 'no-store', diagnostics: limitFact(name, limit) });
    this.status = passes ? 429 : 507;
    this.headers = passes ? { 'retry-after': '5' } : {};
  }
}
