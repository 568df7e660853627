interface Bucket {
  /** Requests that may still come now. */
  left: number;
  /** By `performance.now()`. */
  at: number;
}

/** Requests a second of each tenant that has such a limit, by its number; a second's worth may come at once. */
export class RequestRates {
  private readonly buckets = new Map<number, Bucket>();

  /** False if this request is one too many. */
  take(tenant: number, limit: number, now = performance.now()): boolean {
    const bucket = this.buckets.get(tenant) ?? { left: limit, at: now };
    bucket.left = Math.min(limit, bucket.left + ((now - bucket.at) / 1000) * limit);
    bucket.at = now;
    this.buckets.set(tenant, bucket);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  forget(tenant: number): void {
    this.buckets.delete(tenant);
  }
}
