/** A stored terminology resource as JSON.parse returns it, read without trust in its shape. */
export type Part = Readonly<Record<string, unknown>>;

export const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const partsOf = (value: unknown): readonly Part[] => (Array.isArray(value) ? value.filter(isPart) : []);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** True for an element whose value is `true`, as a boolean or as text. */
export const isTrue = ({ valueBoolean, valueCode, valueString }: Part): boolean =>
  valueBoolean === true || valueCode === 'true' || valueString === 'true';
