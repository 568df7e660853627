interface Told {
  readonly name: string;
  readonly part?: readonly Record<string, unknown>[];
}

/** Values of a property in the answer of `$lookup`. */
export const propertiesIn = (body: { readonly parameter: readonly Told[] }, property: string): readonly unknown[] =>
  body.parameter
    .filter(({ name, part }) => name === 'property' && part?.[0]?.['valueCode'] === property)
    .map(({ part }) => part![1]!['valueCode'] ?? part![1]!['valueString']);
