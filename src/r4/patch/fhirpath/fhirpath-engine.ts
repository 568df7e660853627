import { fhirpath } from '../../search/path/fhirpath-package.js';

/** A node of the syntax tree that the `fhirpath` package makes. */
export interface SyntaxNode {
  readonly type: string;
  readonly text?: string;
  readonly children?: readonly SyntaxNode[];
}

/** The syntax tree of an expression; undefined when it is not FHIRPath. */
export function parseFhirPath(expression: string): SyntaxNode | undefined {
  try {
    return fhirpath().parse(expression) as SyntaxNode;
  } catch {
    return undefined;
  }
}
