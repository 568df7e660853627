/** Where an extension may stand (https://hl7.org/fhir/R4/defining-extensions.html#context). */
import { supertypes } from '../../../model/elements.js';
import type { ExtensionContext } from '../model/structure.js';

/** The element that an extension stands on. */
export interface Place {
  /** Type of R4, or the path of a backbone element. */
  readonly type: string;
  /** Ways to name the element: from the resource, and from the type that declares it. */
  readonly paths: readonly string[];
  /** The url of the extension that it is a part or an extension of. */
  readonly extensionUrl?: string | undefined;
}

/** True if one of the contexts fits. Contexts that are FHIRPath are judged by `evaluate`. */
export function fits(
  contexts: readonly ExtensionContext[],
  place: Place,
  evaluate: (expression: string) => boolean,
): boolean {
  return contexts.some(({ type, expression }) => {
    if (typeof expression !== 'string') return true;
    if (type === 'extension')
      return place.extensionUrl !== undefined && expression.split('#')[0] === place.extensionUrl;
    if (type === 'fhirpath') return evaluate(expression);
    return isElement(expression, place);
  });
}

function isElement(expression: string, { type, paths }: Place): boolean {
  const path = expression
    .replace(/^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(?:[^#]*#)?/, '')
    .replaceAll('[x]', '');
  if (path === 'Element' || path === '*') return true;
  return paths.includes(path) || supertypes(type).includes(path);
}
