import { asResource } from '../../interactions/parse-resource.js';
import type { SentBundle } from '../../interactions/bundle/sent-bundle.js';
import type { FhirOptions } from '../../fhir-options.js';
import type { Extent, JsonMeter } from '../../../r4/json/json-meter.js';
import { isObject, type Json, type JsonObject, MalformedJson } from '../../../r4/json/json.js';
import { readJson } from '../../../r4/json/read-json.js';
import { TooManyEntries } from '../../../r4/errors/request-errors.js';
import { Turns } from '../../../r4/json/turns.js';
import { placeFrom, placeText, type TextPlace, textPlace } from '../../../r4/errors/text-place.js';
import { rememberSent, type SentText } from '../../../r4/places/sent-text.js';
import { BytePlaces } from './byte-places.js';
import type { LargeBody } from './large-body.js';

type Limits = Pick<FhirOptions, 'depthLimit' | 'valuesLimit' | 'bundleEntries'>;

/** A Bundle whose entries are parsed one by one, from its bytes. */
export class LargeBundle implements SentBundle {
  readonly type: Json | undefined;
  private readonly places: BytePlaces;

  private constructor(
    private readonly body: LargeBody,
    private readonly meter: JsonMeter,
    private readonly limits: Limits,
    head: JsonObject,
  ) {
    this.type = head['type'];
    this.places = new BytePlaces(body);
  }

  /** Reads what stands beside the entries. Throws 400, and 413 for more entries than the limit. */
  static async read(body: LargeBody, meter: JsonMeter, limits: Limits): Promise<LargeBundle> {
    const { start, end } = meter.list!;
    const head = asResource(await readBeside(body, { start, end }, limits), 'Bundle');
    if (meter.count > limits.bundleEntries) throw new TooManyEntries(meter.count, limits.bundleEntries);
    return new LargeBundle(body, meter, limits, head);
  }

  get count(): number {
    return this.meter.count;
  }

  async entry(index: number): Promise<Json> {
    const { start, end } = this.meter.entries![index]!;
    try {
      const entry = await readJson(this.body.text(start, end), this.limits);
      if (isObject(entry)) rememberSent(entry['resource'], () => this.sent(index), '.resource');
      return entry;
    } catch (error) {
      if (!(error instanceof MalformedJson)) throw error;
      const place = error.place && placeFrom(await this.places.at(start), error.place);
      throw at(place, error, `Bundle.entry[${index}]: `);
    }
  }

  private async sent(index: number): Promise<SentText> {
    const { start, end } = this.meter.entries![index]!;
    return { text: this.body.text(start, end), form: 'json', origin: await this.places.at(start) };
  }

  async check(): Promise<void> {
    const turns = new Turns();
    for (let index = 0; index < this.count; index++) {
      await turns.next();
      await this.entry(index);
    }
  }
}

/** The rest of a Bundle is valid with an empty list if and only if the whole is valid with valid entries. */
async function readBeside(body: LargeBody, { start, end }: Extent, limits: Limits): Promise<Json> {
  const before = `${body.text(0, start)}[]`;
  try {
    return await readJson(`${before}${body.text(end)}`, limits);
  } catch (error) {
    if (!(error instanceof MalformedJson && error.place)) throw error;
    const cut = textPlace(before, before.length);
    const { line, column } = error.place;
    if (line < cut.line || (line === cut.line && column < cut.column)) throw error;
    const behind = { line: line - cut.line + 1, column: line === cut.line ? column - cut.column + 1 : column };
    throw at(placeFrom(await new BytePlaces(body).at(end), behind), error);
  }
}

/** The refusal with another place. */
function at(place: TextPlace | undefined, { message, place: told }: MalformedJson, prefix = ''): MalformedJson {
  const fact = told && place ? message.replace(placeText(told), placeText(place)) : message;
  return new MalformedJson(`${prefix}${fact}`, place);
}
