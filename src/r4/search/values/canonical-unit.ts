import { createRequire } from 'node:module';
import { type Decimal, parseDecimal } from './decimal.js';

/** A unit expressed in UCUM's base units: multiply by `factor` to convert. */
export interface CanonicalUnit {
  readonly code: string;
  readonly factor: Decimal;
}

interface Dimension {
  readonly dimVec_?: readonly number[] | null;
}

/** The part of `@lhncbc/ucum-lhc` that we use; the package has no types. */
interface Ucum {
  getSpecifiedUnit(
    code: string,
    mode: 'validate',
  ): {
    readonly unit: {
      readonly magnitude_: number;
      readonly dim_: Dimension | null;
      /** Name of a conversion function: more than a factor. */
      readonly cnv_: string | null;
      readonly isArbitrary_: boolean;
    } | null;
    /** The code as UCUM writes it: `g` for `gram`. */
    readonly origString?: string;
  };
}

export const ucumSystem = 'http://unitsofmeasure.org';

/** In the order of the library's dimension vector. */
const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'];
/** Longer codes are no units, and parsing them would cost. */
const longestCode = 64;
/** Units have three or four. */
const mostOperators = 10;
const cacheSize = 5000;

interface KnownCode {
  readonly ucumCode: string | undefined;
  readonly canonical: CanonicalUnit | undefined;
}

const noUnit: KnownCode = { ucumCode: undefined, canonical: undefined };
const cache = new Map<string, KnownCode>();
// The library is a dependency of fhirpath.
const require = createRequire(createRequire(import.meta.url).resolve('fhirpath'));
let ucum: Ucum | undefined;

/**
 * The canonical form of a UCUM code; undefined when it is no UCUM code, is arbitrary (`[IU]`) or converts by more than a
 * factor (`Cel`).
 */
export const canonicalUnit = (code: string): CanonicalUnit | undefined => knownCode(code).canonical;

/**
 * The code as UCUM writes it: itself, or the one that is meant, such as `g` for `gram`. Undefined for no unit; values cannot be converted to
 * some units that it has.
 */
export const ucumCodeOf = (code: string): string | undefined => knownCode(code).ucumCode;

/** True if to ask costs nothing: the code was asked about before, or is no unit at a glance. */
export const isCheapUcumCode = (code: string): boolean => isNoCode(code) || cache.has(code);

/** The library writes to the console where blanks are, and each product or quotient costs. */
const isNoCode = (code: string): boolean =>
  code.length > longestCode || /\s/.test(code) || code.split(/[./]/).length - 1 > mostOperators;

/** A code that was not asked about costs up to a tenth of a millisecond. */
function knownCode(code: string): KnownCode {
  if (isNoCode(code)) return noUnit;
  const known = cache.get(code);
  if (known) return known;
  const { unit, origString } = specifiedUnit(code);
  const made: KnownCode = unit ? { ucumCode: origString ?? code, canonical: canonicalOf(unit) } : noUnit;
  if (cache.size >= cacheSize) cache.clear();
  cache.set(code, made);
  return made;
}

type SpecifiedUnit = ReturnType<Ucum['getSpecifiedUnit']>;

function specifiedUnit(code: string): SpecifiedUnit {
  // The library and its tables take tens of milliseconds: only when a quantity comes.
  ucum ??= (require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } }).UcumLhcUtils.getInstance();
  return ucum.getSpecifiedUnit(code, 'validate');
}

function canonicalOf(unit: NonNullable<SpecifiedUnit['unit']>): CanonicalUnit | undefined {
  const { magnitude_: magnitude, dim_: dimension, cnv_: conversion, isArbitrary_: isArbitrary } = unit;
  if (isArbitrary || conversion !== null) return undefined;
  // Twelve digits: the library computes factors in doubles, so that 1000/uL comes out as 999999999999.9999.
  const factor = parseDecimal(magnitude.toPrecision(12));
  return factor && { code: dimensionText(dimension), factor };
}

function dimensionText(dimension: Dimension | null): string {
  const { dimVec_: exponents } = dimension ?? {};
  const terms = baseUnits.flatMap((unit, at) => (exponents?.[at] ? [`${unit}${exponents[at]}`] : []));
  return terms.length > 0 ? terms.join('.') : '1';
}
