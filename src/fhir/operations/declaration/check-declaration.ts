import type { DeclaredNeed } from '../../../scope/decision.js';
import { isKnownType } from '../../../r4/model/elements.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import type { OperationDeclaration } from './operation-declaration.js';
import { type DeclaredParameter, mostOf } from '../parameters/declared-parameter.js';
import { isResourceParameter } from '../parameters/read-value.js';

/** Throws at start when parts of a declaration do not fit together. */
export function checkDeclaration(declaration: OperationDeclaration): void {
  const { code, level, types = [], access } = declaration;
  if (!/^[a-z][a-z0-9-]*$/.test(code)) throw new Error(`"${code}" is no name of an operation: a-z, 0-9 and "-".`);
  if (level.length === 0) throw new Error(`$${code} names no level.`);
  if (level.some((one) => one !== 'system') && types.length === 0) throw new Error(`$${code} names no types.`);
  const unknown = [...types, ...needsOf(declaration).flatMap(({ type }) => type ?? [])].find(
    (type) => !isResourceType(type),
  );
  if (unknown !== undefined) throw new Error(`$${code} names "${unknown}", which is no resource type.`);
  // An empty list would open the operation to every token without saying so.
  if (access !== 'any-token' && access.length === 0) throw new Error(`$${code} declares no access.`);
  checkTarget(declaration);
  checkInput(declaration);
}

function needsOf({ access, also = [] }: OperationDeclaration): readonly DeclaredNeed[] {
  const declared = [...(typeof access === 'string' ? [] : access), ...(also === 'any' ? [] : also)];
  return declared.filter((need): need is DeclaredNeed => !('administers' in need));
}

function checkTarget({ code, level, access, target }: OperationDeclaration): void {
  if (target !== true) return;
  if (level.some((one) => one !== 'instance'))
    throw new Error(`$${code} declares a target, so it can be at the level of instances only.`);
  const reads =
    typeof access !== 'string' &&
    access.some((need) => !('administers' in need) && need.permission === 'r' && need.type === undefined);
  if (!reads) throw new Error(`$${code} declares a target, so its access has to have { permission: 'r' }.`);
}

function checkInput({ code, parameters = [], returns = [], takesResource }: OperationDeclaration): void {
  for (const list of [parameters, returns]) checkParameters(`$${code}`, list);
  if (takesResource && parameters.filter(isResourceParameter).length !== 1)
    throw new Error(`$${code} takes a resource alone, so exactly one parameter has to be a resource.`);
}

function checkParameters(operation: string, parameters: readonly DeclaredParameter[]): void {
  const names = new Set<string>();
  for (const parameter of parameters) {
    const { name, min = 0, part } = parameter;
    const wrong = (fact: string): Error => new Error(`The parameter ${name} of ${operation} ${fact}.`);
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name))
      throw wrong('has a name of other characters than letters, digits, _ and -');
    if (names.has(name)) throw wrong('is declared twice');
    names.add(name);
    if (min < 0 || mostOf(parameter) < Math.max(1, min)) throw wrong('has a min and max that cannot both hold');
    checkType(parameter, wrong);
    if (part) checkParameters(operation, part);
  }
}

function checkType({ type, part, token }: DeclaredParameter, wrong: (fact: string) => Error): void {
  if ((type === undefined) === (part === undefined)) throw wrong('needs a type or parts, and not both');
  if (type !== undefined && (!isKnownType(type) || type.includes('.')))
    throw wrong(`is a "${type}", which is no type of R4`);
  if (token && type !== 'Coding') throw wrong('is a token, so its type has to be Coding');
}
