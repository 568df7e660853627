import type { JsonObject } from '../../json/json.js';
import type { ResourceContext } from '../validation-run.js';

/** An invariant as a plain function: whether it holds for an element that has the shape of its type. */
export type Rule = (element: JsonObject, context: ResourceContext) => boolean;

/** Path of the element → key of the invariant → rule. */
export type Rules = Readonly<Record<string, Readonly<Record<string, Rule>>>>;
