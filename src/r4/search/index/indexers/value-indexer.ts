import type { Json } from '../../../json/json.js';
import type { ValueSink } from '../value-sink.js';

/** Turns one value of one data type into index values; what is not valid is passed over. `system`: implied by a `code`. */
export type ValueIndexer = (value: Json, sink: ValueSink, system: string) => void;

/** By data type; a type that is absent is indexed as what it specialises, if that is present. */
export type ValueIndexers = Readonly<Record<string, ValueIndexer>>;

/** Control characters separate the parts of index entries and are never part of a code, URL or reference. */
// oxlint-disable-next-line no-control-regex -- it is what we look for
const control = /[\u0000-\u001f\u007f]/;

/** The text of a code, URL or the like; empty when there is none. */
export const plainText = (value: Json | undefined): string =>
  typeof value === 'string' && !control.test(value) ? value : '';
