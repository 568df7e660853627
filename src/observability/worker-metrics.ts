import { AggregatorRegistry, Gauge } from 'prom-client';

/** The numbers of all workers of one server as one: added up, but for those that say otherwise. */
export class WorkerMetrics {
  private readonly registry = new AggregatorRegistry();

  constructor(serving: () => number) {
    const gauge: Gauge = new Gauge({
      name: 'lanyard_workers',
      help: 'Processes that serve on the port (WORKERS).',
      registers: [this.registry],
      collect: (): void => gauge.set(serving()),
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async textForOperator(): Promise<string> {
    return `${await this.registry.metrics()}\n${await this.registry.clusterMetrics()}`;
  }
}
