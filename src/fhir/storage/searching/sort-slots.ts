import type { SortKey } from '../../../r4/search/index/index-values.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { typesOf } from '../../../r4/search/parameters/parameter-types.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { sortKind } from '../../../r4/search/parameters/sort-kind.js';

/** Places by code, from 1. */
export type Slots = ReadonlyMap<string, number>;

/** A custom parameter that sorts, and its place after those of R4, from 1. */
export interface CustomSlot {
  readonly parameter: SearchParameter;
  readonly slot: number;
}

/** Sort keys of one version, laid out by slot. */
export interface SortColumns {
  readonly low: readonly (string | null)[];
  readonly high: readonly (string | null)[];
}

/**
 * Gives each parameter of R4 its place in the sort columns: by code among the type's parameters that have an
 * expression, numbers and texts apart, from 1.
 * Parameters that an application adds have none, so that they cannot move the others; custom ones have the places after
 * those of R4, each its own.
 */
export class SortSlots {
  private custom: readonly CustomSlot[] = [];
  private readonly known = new Map<string, { readonly numbers: Slots; readonly texts: Slots }>();

  constructor(private readonly r4: SearchParameters = new SearchParameters()) {}

  /** Takes the place of the custom parameters that were there before. */
  setCustom(custom: readonly CustomSlot[]): void {
    this.custom = custom;
    this.known.clear();
  }

  numbers(type: string): Slots {
    return this.of(type).numbers;
  }

  texts(type: string): Slots {
    return this.of(type).texts;
  }

  private of(type: string): { readonly numbers: Slots; readonly texts: Slots } {
    let slots = this.known.get(type);
    if (!slots) {
      const parameters = [...this.r4.forType(type).values()];
      const custom = this.custom.filter(({ parameter }) => typesOf(parameter).includes(type));
      slots = {
        numbers: withCustom(number(parameters, 'number'), custom, 'number'),
        texts: withCustom(number(parameters, 'text'), custom, 'text'),
      };
      this.known.set(type, slots);
    }
    return slots;
  }
}

// A key that was cut to length may end in half a character, which PostgreSQL does not take.
const wholeCharacters = (text: string): string => text.replace(/[\ud800-\udbff]$/, '');

export function layOut(keys: readonly SortKey[], slots: Slots): SortColumns {
  const low: (string | null)[] = [];
  const high: (string | null)[] = [];
  for (const key of keys) {
    const slot = slots.get(key.parameter);
    if (slot === undefined) continue;
    while (low.length < slot) {
      low.push(null);
      high.push(null);
    }
    low[slot - 1] = wholeCharacters(key.low);
    high[slot - 1] = wholeCharacters(key.high);
  }
  return { low, high };
}

function number(parameters: readonly SearchParameter[], kind: 'number' | 'text'): Slots {
  const codes = parameters.filter((parameter) => sortKind(parameter) === kind).map(({ code }) => code);
  return new Map(codes.toSorted().map((code, i) => [code, i + 1]));
}

const withCustom = (slots: Slots, custom: readonly CustomSlot[], kind: 'number' | 'text'): Slots =>
  new Map([
    ...slots,
    ...custom
      .filter(({ parameter }) => sortKind(parameter) === kind)
      .map(({ parameter, slot }) => [parameter.code, slots.size + slot] as const),
  ]);
