import type { JsonObject } from '../../json/json.js';
import type { Evaluation } from '../path/step.js';
import type { ValueSettings } from '../values/value-settings.js';

/** A date as [low, high), a number or quantity as [low, high], from its value to its value; an absent bound is unbounded. */
export interface Range {
  readonly low?: string;
  readonly high?: string;
  readonly unit?: string;
}

/** A quantity in each unit it is indexed in, and its sort keys. */
export interface QuantityRanges {
  readonly ranges: readonly Range[];
  readonly least: string;
  readonly greatest: string;
}

/** Takes the index values that a search parameter finds in a resource. */
export interface ValueSink extends Evaluation, ValueSettings {
  /** Ranges computed for the quantities of this resource, undefined included. */
  readonly quantities: Map<JsonObject, QuantityRanges | undefined>;
  /** Either may be empty, not both. */
  token(code: string, system: string): void;
  /** Adds the text that `:text` searches: the display or text of a code, the text of the type of an Identifier. */
  tokenText(text: string): void;
  /** `:of-type` of an Identifier. */
  typedIdentifier(value: string, typeCode: string, typeSystem: string): void;
  localReference(type: string, id: string): void;
  /** A reference within the resource: no search finds it, but it is not missing. */
  containedReference(): void;
  /** A uri, a canonical, or a reference to something that is not ours. */
  url(url: string): void;
  /** The `identifier` of a Reference. */
  referenceIdentifier(value: string, system: string): void;
  text(text: string): void;
  range(range: Range): void;
  /** Adds the text that sorting by the parameter compares. */
  sortText(text: string): void;
  /** Adds the numbers that sorting compares, as decimal text. */
  sortNumber(low: string, high: string): void;
}
