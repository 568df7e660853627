import { InvalidRequest } from '../errors/fhir-error.js';
import { placeExtension, placeText, type TextPlace } from '../errors/text-place.js';

/** 400: the text is not XML, or not the XML of an R4 resource. */
export class MalformedXml extends InvalidRequest {
  readonly line: number;
  readonly column: number;

  /** `expression` is the FHIRPath of the element that holds the mistake. */
  constructor(
    readonly reason: string,
    place: TextPlace,
    expression: string,
  ) {
    super({
      ...placeExtension(place),
      code: 'structure',
      diagnostics: `${reason}${placeText(place)}.`,
      ...(expression !== '' && { expression: [expression] }),
    });
    this.line = place.line;
    this.column = place.column;
  }
}
