import {
  AggregatorRegistry,
  type Aggregator,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { RequestFacts } from './request-facts.js';

const seconds = [0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10];

/** Metrics of one kind of request; looked up once, since labels cost more than counting. */
interface Counted {
  readonly duration: { observe(value: number): void };
  readonly statuses: Map<number, { inc(): void }>;
}

export interface SeriesName {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export interface LabelledName {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Of several workers; the largest unless said. */
  readonly aggregator?: Aggregator;
}

/** One number of a series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The numbers of one server, in the text format of Prometheus. Every label has a bounded number of values. */
export class Metrics {
  private readonly registry = new Registry();
  /** Names tenants, so it is told at METRICS_PORT alone (docs/adr/0191). */
  private readonly operatorsOnly = new Registry();
  private readonly counted = new Map<string, Counted>();
  private readonly duration: Histogram<'interaction' | 'type'>;
  private readonly requests: Counter<'interaction' | 'type' | 'status'>;
  private readonly refusals: Counter<'reason'>;
  private readonly shed: Counter<'cause'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.duration = new Histogram({
      name: 'lanyard_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labelNames: ['interaction', 'type'],
      buckets: seconds,
      registers,
    });
    this.requests = new Counter({
      name: 'lanyard_requests_total',
      help: 'Requests that were answered.',
      labelNames: ['interaction', 'type', 'status'],
      registers,
    });
    this.refusals = new Counter({
      name: 'lanyard_refusals_total',
      help: 'Refusals by the code of /docs/access; a request may have several.',
      labelNames: ['reason'],
      registers,
    });
    this.shed = new Counter({
      name: 'lanyard_shed_total',
      help: 'Requests that were turned away because the server was too busy.',
      labelNames: ['cause'],
      registers,
    });
  }

  request({ interaction, type, status, durationMs, reasons }: RequestFacts): void {
    const counted = this.countedBy(interaction, type);
    counted.duration.observe(durationMs / 1000);
    let ofStatus = counted.statuses.get(status);
    if (!ofStatus) {
      ofStatus = this.requests.labels(interaction, type, String(status));
      counted.statuses.set(status, ofStatus);
    }
    ofStatus.inc();
    for (const reason of reasons ?? []) this.refusals.inc({ reason });
  }

  turnedAway(cause: string): void {
    this.shed.inc({ cause });
  }

  /** Hands the numbers to the process that began this one, when somebody looks there; the registry that is returned listens. */
  shareWithPrimary(): AggregatorRegistry<RegistryContentType> {
    AggregatorRegistry.setRegistries([this.registry, this.operatorsOnly]);
    return new AggregatorRegistry();
  }

  /** A number that is asked for when somebody looks; of several workers the sum, or the largest where each knows the whole. */
  gauge(name: string, help: string, read: () => number, aggregator: Aggregator = 'sum'): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [], aggregator, collect: (): void => gauge.set(read()) });
    this.registry.registerMetric(gauge);
  }

  /** As {@link gauge}, with one number for each value of a label. */
  gauges(of: LabelledName, read: () => Readonly<Record<string, number>>): void {
    this.registry.registerMetric(gaugeOf(of, read));
  }

  /** As {@link gauges}, for the operator alone: {@link text} does not have it. */
  gaugesForOperator(of: LabelledName, read: () => Readonly<Record<string, number>>): void {
    this.operatorsOnly.registerMetric(gaugeOf(of, read));
  }

  /** Numbers that only grow, each with the value of the one label. */
  counter(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [],
      collect: () => {
        counter.reset();
        for (const [value, count] of Object.entries(read())) counter.inc({ [label]: value }, count);
      },
    });
    this.registry.registerMetric(counter);
  }

  /** Numbers with the values of several labels; `only-grows`: of a counter. */
  series(kind: 'gauge' | 'only-grows', of: SeriesName, read: () => readonly Sample[]): void {
    const options = { ...of, labelNames: [...of.labelNames], registers: [] };
    const metric: Gauge | Counter =
      kind === 'gauge'
        ? new Gauge({ ...options, aggregator: 'max', collect: () => set() })
        : new Counter({ ...options, collect: () => set() });
    const set = (): void => {
      metric.reset();
      for (const { labels, value } of read()) metric.inc({ ...labels }, value);
    };
    this.registry.registerMetric(metric);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Names no tenant. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  textForOperator(): Promise<string> {
    return Registry.merge([this.registry, this.operatorsOnly]).metrics();
  }

  private countedBy(interaction: string, type: string): Counted {
    const key = `${interaction} ${type}`;
    let counted = this.counted.get(key);
    if (!counted) {
      counted = { duration: this.duration.labels(interaction, type), statuses: new Map() };
      this.counted.set(key, counted);
    }
    return counted;
  }
}

function gaugeOf(
  { name, help, label, aggregator = 'max' }: LabelledName,
  read: () => Readonly<Record<string, number>>,
): Gauge {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [],
    aggregator,
    collect: () => {
      gauge.reset();
      for (const [value, number] of Object.entries(read())) gauge.set({ [label]: value }, number);
    },
  });
  return gauge;
}
