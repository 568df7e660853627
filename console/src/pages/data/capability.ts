/** Parts of a CapabilityStatement that searches are built from. */
export interface SearchParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly documentation?: string;
}

export type ParameterType =
  'string' | 'token' | 'reference' | 'date' | 'number' | 'quantity' | 'uri' | 'composite' | 'special';

export interface TypeCapability {
  readonly type: string;
  readonly searchParam?: readonly SearchParameter[];
  /** `Type:parameter` of searches that find what refers to this type. */
  readonly searchRevInclude?: readonly string[];
}

export interface Capability {
  readonly rest?: readonly {
    readonly resource?: readonly TypeCapability[];
    readonly searchParam?: readonly SearchParameter[];
  }[];
}

export const typesOf = ({ rest }: Capability): readonly TypeCapability[] => rest?.[0]?.resource ?? [];

/** Parameters of the type, then those of every type, in the order of their names. */
export function parametersOf(capability: Capability, type: string): readonly SearchParameter[] {
  const own = typesOf(capability).find((one) => one.type === type)?.searchParam ?? [];
  const common = capability.rest?.[0]?.searchParam ?? [];
  const byName = new Map([...common, ...own].map((parameter) => [parameter.name, parameter]));
  return [...byName.values()].toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Searches that find what refers to a resource: type and parameter. `*` of `_revinclude` is left out. */
export function referrersOf(
  capability: Capability,
  type: string,
): readonly (readonly [type: string, parameter: string])[] {
  const all = typesOf(capability).find((one) => one.type === type)?.searchRevInclude ?? [];
  return all.flatMap((text) => {
    const [from, parameter] = text.split(':');
    return from === undefined || parameter === undefined || parameter === '*' ? [] : [[from, parameter] as const];
  });
}
