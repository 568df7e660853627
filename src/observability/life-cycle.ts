/** Phase of the process between its start and its end; probes and load balancers are answered by it. */
export class LifeCycle {
  private phase: 'starting' | 'running' | 'draining' = 'starting';

  /** New requests are still answered, each with `Connection: close`, so that clients go elsewhere. */
  get isDraining(): boolean {
    return this.phase === 'draining';
  }

  started(): void {
    if (this.phase === 'starting') this.phase = 'running';
  }

  /** True if there was something to drain: a server that never ran has no clients. */
  drain(): boolean {
    const hasClients = this.phase === 'running';
    this.phase = 'draining';
    return hasClients;
  }
}
