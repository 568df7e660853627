import { serverVersion } from '../../../config/server-version.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { OperationDeclaration } from '../operation.js';
import type { DeclaredParameter } from '../parameters/declared-parameter.js';

/** Address of the OperationDefinition that the server makes of a declaration. `base`: FHIR base URL. */
export const definitionAddress = (code: string, base: string): string => `${base}/metadata/OperationDefinition/${code}`;

type Level = OperationDeclaration['level'][number];

/** Canonical URL of the definition of an operation at a level, and on a type: that of whoever defined it, or the server's own. */
export function definitionOf(
  { code, definition }: Pick<OperationDeclaration, 'code' | 'definition'>,
  base: string,
  { level, type }: { readonly level?: Level; readonly type?: string | undefined } = {},
): string {
  const at = [type, level].find((one) => typeof definition === 'object' && one !== undefined && one in definition);
  const defined = typeof definition === 'object' ? at && definition[at] : definition;
  return defined ?? definitionAddress(code, base);
}

/**
 * https://hl7.org/fhir/R4/operationdefinition.html of a declaration. Of an operation that somebody else defined it says what
 * this server takes and answers, and names the other definition as its base.
 */
export function operationDefinition(declaration: OperationDeclaration, base: string): object {
  const {
    code,
    level,
    types = [],
    parameters = [],
    returns = [],
    affectsState,
    definition,
    documentation,
  } = declaration;
  const parameter = [...parameters.map((one) => described(one, 'in')), ...returns.map((one) => described(one, 'out'))];
  const isOnAll = types.length === resourceTypes.size;
  // One definition of ours stands for those of all levels.
  const defined = typeof definition === 'object' ? Object.values(definition)[0] : definition;
  return {
    resourceType: 'OperationDefinition',
    id: code,
    url: definitionAddress(code, base),
    version: serverVersion,
    name: nameOf(code),
    title: `$${code}`,
    status: 'active',
    kind: 'operation',
    description: documentation,
    affectsState,
    code,
    ...(defined !== undefined && { base: defined }),
    ...(types.length > 0 && { resource: isOnAll ? ['Resource'] : types }),
    system: level.includes('system'),
    type: level.includes('type'),
    instance: level.includes('instance'),
    ...(parameter.length > 0 && { parameter }),
  };
}

function described(parameter: DeclaredParameter, use: 'in' | 'out'): object {
  const { name, type, min = 0, max = 1, documentation, part } = parameter;
  return {
    name,
    use,
    min,
    max: String(max),
    documentation,
    ...(type !== undefined && { type }),
    ...(part && { part: part.map((one) => described(one, use)) }),
  };
}

/** `my-access` is MyAccess: names are of letters and digits (opd-0). */
const nameOf = (code: string): string =>
  code
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
