import { asResource } from '../../interactions/parse-resource.js';
import type { SentBundle } from '../../interactions/bundle/sent-bundle.js';
import type { FhirOptions } from '../../fhir-options.js';
import type { JsonMeter } from '../../../r4/json/json-meter.js';
import { type Json, type JsonObject, MalformedJson } from '../../../r4/json/json.js';
import { readJson } from '../../../r4/json/read-json.js';
import { TooManyEntries } from '../../../r4/errors/request-errors.js';
import { Turns } from '../../../r4/json/turns.js';
import type { LargeBody } from './large-body.js';

type Limits = Pick<FhirOptions, 'depthLimit' | 'valuesLimit' | 'bundleEntries'>;

/** A Bundle whose entries are parsed one by one, from its bytes. */
export class LargeBundle implements SentBundle {
  readonly type: Json | undefined;

  private constructor(
    private readonly body: LargeBody,
    private readonly meter: JsonMeter,
    private readonly limits: Limits,
    head: JsonObject,
  ) {
    this.type = head['type'];
  }

  /** Reads what stands beside the entries. Throws 400, and 413 for more entries than the limit. */
  static async read(body: LargeBody, meter: JsonMeter, limits: Limits): Promise<LargeBundle> {
    const { start, end } = meter.list!;
    // Valid with an empty list if and only if it is valid with valid entries.
    const beside = `${body.text(0, start)}[]${body.text(end)}`;
    const head = asResource(await readJson(beside, limits), 'Bundle');
    if (meter.count > limits.bundleEntries) throw new TooManyEntries(meter.count, limits.bundleEntries);
    return new LargeBundle(body, meter, limits, head);
  }

  get count(): number {
    return this.meter.count;
  }

  async entry(index: number): Promise<Json> {
    const { start, end } = this.meter.entries![index]!;
    try {
      return await readJson(this.body.text(start, end), this.limits);
    } catch (error) {
      throw error instanceof MalformedJson ? new MalformedJson(`Bundle.entry[${index}]: ${error.message}`) : error;
    }
  }

  async check(): Promise<void> {
    const turns = new Turns();
    for (let index = 0; index < this.count; index++) {
      await turns.next();
      await this.entry(index);
    }
  }
}
