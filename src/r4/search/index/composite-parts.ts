import type { JsonObject } from '../../json/json.js';
import { unitSeparator } from './index-values.js';
import { normalise } from '../values/normalise.js';
import type { Range, ValueSink } from './value-sink.js';

/** One value of one component of a composite parameter. */
export type CompositePart =
  /** `code␟system` or `Type/id`, and the same without system or type. */
  | { readonly kind: 'exact'; readonly exact: string; readonly loose?: string }
  | { readonly kind: 'range'; readonly range: Range }
  /** `normalised␟exact`. */
  | { readonly kind: 'text'; readonly text: string };

/** Takes the values of one component. Displays, identifiers of references and sort keys have no place in a composite. */
export class CompositeParts implements ValueSink {
  readonly parts: CompositePart[] = [];

  readonly resource: JsonObject;
  readonly base: string;
  readonly timeZone: string;
  readonly quantities: ValueSink['quantities'];

  /** `within`: the collector of the resource. */
  constructor(within: Pick<ValueSink, 'resource' | 'base' | 'timeZone' | 'quantities'>) {
    this.resource = within.resource;
    this.base = within.base;
    this.timeZone = within.timeZone;
    this.quantities = within.quantities;
  }

  token(code: string, system: string): void {
    this.parts.push({ kind: 'exact', exact: code + unitSeparator + system, ...(code !== '' && { loose: code }) });
  }

  localReference(type: string, id: string): void {
    this.parts.push({ kind: 'exact', exact: `${type}/${id}`, loose: id });
  }

  url(url: string): void {
    this.parts.push({ kind: 'exact', exact: url });
  }

  text(text: string): void {
    const normalised = normalise(text);
    if (normalised === '') return;
    this.parts.push({ kind: 'text', text: normalised + unitSeparator + text.replaceAll(unitSeparator, ' ') });
  }

  range(range: Range): void {
    this.parts.push({ kind: 'range', range });
  }

  tokenText(): void {}

  typedIdentifier(): void {}

  referenceIdentifier(): void {}

  containedReference(): void {}

  sortText(): void {}

  sortNumber(): void {}
}
