import { isObject, type Json, type JsonObject } from './json.js';

/** The items of an array; of anything else, none. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** The objects in an array; of anything else, none. */
export const objectsOf = (value: Json | undefined): readonly JsonObject[] => listOf(value).filter(isObject);

/** The values of an element that may repeat: the items of an array, or the only one. */
export const each = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : value === undefined ? [] : [value];

/** The text; of anything else, an empty one. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
