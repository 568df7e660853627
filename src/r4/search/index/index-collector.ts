import type { JsonObject } from '../../json/json.js';
import { nextMicrosecond, wholeMicroseconds } from '../values/date-interval.js';
import { gramsOf } from './grams.js';
import { type IndexRange, type IndexValues, type SortKey, unitSeparator } from './index-values.js';
import {
  furtherEntry,
  leadingEntry,
  type LeadingValues,
  leadingValues,
  narrowest,
  wideEntry,
} from './leading-values.js';
import { compareNumbers } from './merge-index.js';
import { normalise } from '../values/normalise.js';
import { startEntries } from './string-starts.js';
import { hashToken } from './token-hash.js';
import type { QuantityRanges, Range, ValueSink } from './value-sink.js';
import type { ValueSettings } from '../values/value-settings.js';

export const longestSortText = 64;

/** Gathers what the index columns of one version hold, under the parameter that is being indexed. */
export class IndexCollector implements ValueSink {
  /** Set before each value. */
  parameter = '';
  /** True if the parameter puts a resource into the compartment of the Patient it refers to. */
  opensCompartment = false;
  readonly base: string;
  readonly timeZone: string;
  readonly quantities = new Map<JsonObject, QuantityRanges | undefined>();

  private readonly leading: LeadingValues | undefined;
  private firstCode: string | undefined;
  private readonly tokens = new Set<string>();
  private readonly grams = new Set<number>();
  private readonly values = new Set<string>();
  private readonly ranges: IndexRange[] = [];
  private readonly sortNumbers = new Map<string, SortKey>();
  private readonly sortTexts = new Map<string, SortKey>();
  private readonly compartments = new Set<string>();

  constructor(
    readonly resource: JsonObject,
    { base, timeZone }: ValueSettings,
  ) {
    this.base = base;
    this.timeZone = timeZone;
    const { resourceType } = resource;
    this.leading = typeof resourceType === 'string' ? leadingValues.get(resourceType) : undefined;
  }

  token(code: string, system: string): void {
    this.addToken(this.parameter, code, system);
    this.sortText(code);
  }

  tokenText(text: string): void {
    const normalised = normalise(text);
    if (normalised !== '') this.addValue(`${this.parameter}:text${unitSeparator}${normalised}`);
  }

  typedIdentifier(value: string, typeCode: string, typeSystem: string): void {
    this.addExact([`${this.parameter}:of-type`, value, typeCode, typeSystem].join(unitSeparator));
  }

  localReference(type: string, id: string): void {
    this.addExact(`${this.parameter}${unitSeparator}${type}/${id}`);
    this.sortText(`${type}/${id}`);
    this.addHash(`${this.parameter}${unitSeparator}${id}`);
    if (this.opensCompartment && type === 'Patient') this.compartments.add(`Patient/${id}`);
  }

  containedReference(): void {
    this.addValue(`${this.parameter}:contained${unitSeparator}`);
  }

  url(url: string): void {
    this.addExact(`${this.parameter}${unitSeparator}${url}`);
    this.sortText(url);
  }

  referenceIdentifier(value: string, system: string): void {
    this.addToken(`${this.parameter}:identifier`, value, system);
  }

  text(text: string): void {
    const normalised = normalise(text);
    if (normalised === '') return;
    this.values.add([this.parameter, normalised, text.replaceAll(unitSeparator, ' ')].join(unitSeparator));
    for (const entry of startEntries(this.parameter, normalised)) this.addHash(entry);
    for (const gram of gramsOf(normalised)) this.grams.add(gram);
  }

  range(range: Range): void {
    this.ranges.push({ parameter: this.parameter, ...range });
  }

  sortNumber(low: string, high: string): void {
    const known = this.sortNumbers.get(this.parameter);
    this.sortNumbers.set(this.parameter, {
      parameter: this.parameter,
      low: known && compareNumbers(known.low, low) <= 0 ? known.low : low,
      high: known && compareNumbers(known.high, high) >= 0 ? known.high : high,
    });
  }

  sortText(text: string): void {
    const key = normalise(text).slice(0, longestSortText);
    if (key === '') return;
    const known = this.sortTexts.get(this.parameter);
    this.sortTexts.set(this.parameter, {
      parameter: this.parameter,
      low: known && known.low <= key ? known.low : key,
      high: known && known.high >= key ? known.high : key,
    });
  }

  /** An entry of `values` that is found without a hash. */
  addValue(entry: string): void {
    this.values.add(entry);
  }

  addHash(entry: string): void {
    this.tokens.add(hashToken(entry));
  }

  addExact(entry: string): void {
    this.values.add(entry);
    this.addHash(entry);
  }

  addRange(range: IndexRange): void {
    this.ranges.push(range);
  }

  addCompartment(reference: string): void {
    this.compartments.add(reference);
  }

  finish(): Omit<IndexValues, 'words'> {
    const { leading, firstCode } = this;
    if (leading && this.isWide(leading.date)) this.addHash(wideEntry(leading.date));
    const first = firstCode === undefined ? [] : [hashToken(leadingEntry(leading?.code ?? '', firstCode))];
    return {
      tokens: [...new Set([...first, ...this.tokens])],
      grams: [...this.grams],
      values: [...this.values],
      ranges: this.ranges,
      sortNumbers: [...this.sortNumbers.values()],
      sortTexts: [...this.sortTexts.values()],
      compartments: [...this.compartments],
    };
  }

  /** With system, without looking at the system, and by the system alone. */
  private addToken(parameter: string, code: string, system: string): void {
    const start = parameter + unitSeparator;
    this.addExact(start + code + unitSeparator + system);
    if (code === '') return;
    this.addHash(start + code);
    if (system !== '') this.addHash(start + unitSeparator + system);
    if (parameter !== this.leading?.code) return;
    this.firstCode ??= code;
    if (code !== this.firstCode) this.addHash(furtherEntry(parameter, code));
  }

  /** True if the dates of the parameter have several beginnings, span more than a day, or have no end. */
  private isWide(parameter: string): boolean {
    const ranges = this.ranges.filter((range) => range.parameter === parameter);
    const beginnings = new Set(ranges.map(({ low }) => low && wholeMicroseconds(low)));
    return beginnings.size > 1 || !ranges.every(isNarrow);
  }
}

const isNarrow = ({ low, high }: IndexRange): boolean =>
  low !== undefined && high !== undefined && nextMicrosecond(high) - wholeMicroseconds(low) <= narrowest;
