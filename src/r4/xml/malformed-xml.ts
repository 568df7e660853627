import { InvalidRequest } from '../errors/fhir-error.js';

/** Position of an error in the text; both numbers count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** 400: the text is not XML, or not the XML of an R4 resource. */
export class MalformedXml extends InvalidRequest {
  readonly line: number;
  readonly column: number;

  /** `expression` is the FHIRPath of the element that holds the mistake. */
  constructor(
    readonly reason: string,
    { line, column }: TextPlace,
    expression: string,
  ) {
    super({
      code: 'structure',
      diagnostics: `${reason} (line ${line}, column ${column}).`,
      ...(expression !== '' && { expression: [expression] }),
    });
    this.line = line;
    this.column = column;
  }
}

/** Line and column of an offset; what XML takes for an end of line is one. */
export function textPlace(text: string, offset: number): TextPlace {
  const lineEnd = /\r\n?|\n/g;
  let line = 1;
  let lineStart = 0;
  for (let end = lineEnd.exec(text); end && lineEnd.lastIndex <= offset; end = lineEnd.exec(text)) {
    line++;
    lineStart = lineEnd.lastIndex;
  }
  return { line, column: offset - lineStart + 1 };
}
