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
  };
}

export const ucumSystem = 'http://unitsofmeasure.org';

/** In the order of the library's dimension vector. */
const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'];
/** Longer codes are no units, and parsing them would cost. */
const longestCode = 64;
const cacheSize = 5000;

const cache = new Map<string, CanonicalUnit | undefined>();
// The library is a dependency of fhirpath.
const require = createRequire(createRequire(import.meta.url).resolve('fhirpath'));
let ucum: Ucum | undefined;

/**
 * The canonical form of a UCUM code; undefined when it is no UCUM code, is arbitrary (`[IU]`) or converts by more than a
 * factor (`Cel`).
 */
export function canonicalUnit(code: string): CanonicalUnit | undefined {
  if (cache.has(code)) return cache.get(code);
  const unit = code.length <= longestCode ? computeUnit(code) : undefined;
  if (cache.size >= cacheSize) cache.clear();
  cache.set(code, unit);
  return unit;
}

/** True if UCUM defines the code; values cannot be converted to some of its units. */
export const isUcumCode = (code: string): boolean =>
  canonicalUnit(code) !== undefined || (code.length <= longestCode && Boolean(specifiedUnit(code)));

type SpecifiedUnit = ReturnType<Ucum['getSpecifiedUnit']>['unit'];

function specifiedUnit(code: string): SpecifiedUnit {
  // The library and its tables take tens of milliseconds: only when a quantity comes.
  ucum ??= (require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } }).UcumLhcUtils.getInstance();
  return ucum.getSpecifiedUnit(code, 'validate').unit;
}

function computeUnit(code: string): CanonicalUnit | undefined {
  const unit = specifiedUnit(code);
  if (!unit) return undefined;
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
