/** One parameter of FHIR's resource Parameters, or a part of one. */
export interface Parameter {
  readonly name: string;
  readonly part?: readonly Parameter[];
  readonly valueCoding?: { readonly code?: string };
  readonly valueReference?: { readonly reference?: string };
  readonly [value: `value${string}`]: unknown;
}

export interface Parameters {
  readonly parameter?: readonly Parameter[];
}

export const named = (parts: readonly Parameter[] | undefined, name: string): readonly Parameter[] =>
  (parts ?? []).filter((part) => part.name === name);

/** The value of the first part of that name, as text: a string, code, number, boolean, coding or reference. */
export function textOf(parts: readonly Parameter[] | undefined, name: string): string | undefined {
  const [found] = named(parts, name);
  return found && valueText(found);
}

export const textsOf = (parts: readonly Parameter[] | undefined, name: string): readonly string[] =>
  named(parts, name).flatMap((part) => valueText(part) ?? []);

function valueText(parameter: Parameter): string | undefined {
  const { valueCoding, valueReference } = parameter;
  if (valueCoding) return valueCoding.code;
  if (valueReference) return valueReference.reference;
  const [, value] = Object.entries(parameter).find(([name]) => name.startsWith('value')) ?? [];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
