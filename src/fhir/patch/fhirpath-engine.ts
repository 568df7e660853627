import { createRequire } from 'node:module';

/** A node of the syntax tree that the `fhirpath` package makes. */
export interface SyntaxNode {
  readonly type: string;
  readonly text?: string;
  readonly children?: readonly SyntaxNode[];
}

type FhirPath = typeof import('fhirpath');
type Model = Parameters<FhirPath['compile']>[1];

const require = createRequire(import.meta.url);

/** The `fhirpath` package, loaded when first needed. */
export const fhirpath = (): FhirPath => require('fhirpath') as FhirPath;
export const r4Model = (): Model => require('fhirpath/fhir-context/r4') as Model;

/** The syntax tree of an expression; undefined when it is not FHIRPath. */
export function parseFhirPath(expression: string): SyntaxNode | undefined {
  try {
    return fhirpath().parse(expression) as SyntaxNode;
  } catch {
    return undefined;
  }
}
