/** Milliseconds for which a tenant counts as one that asks, after a request of it. */
const remembered = 1_000;

/** Which tenants have asked a moment ago. */
export class AskingTenants {
  private latest: number | undefined;
  private latestAt = -Infinity;
  /** The last request of any tenant but the latest one. */
  private othersAt = -Infinity;

  note(tenant: number): void {
    if (tenant !== this.latest) this.othersAt = this.latestAt;
    this.latest = tenant;
    this.latestAt = performance.now();
  }

  /** True where another tenant has asked a moment ago. `within`: milliseconds. */
  hasOthers(tenant: number, within = remembered): boolean {
    const at = tenant === this.latest ? this.othersAt : this.latestAt;
    return performance.now() - at < within;
  }
}
