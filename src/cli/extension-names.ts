import { builtinModules } from 'node:module';
import { wrongUsage } from './command-failed.js';

/** Names of an extension, made from the name of its package. */
export interface ExtensionNames {
  /** Of the package, such as `@acme/heart-rate`. */
  readonly name: string;
  /** Last part of it, such as `heart-rate`: of the folder, and before the codes of operations and search parameters. */
  readonly kebab: string;
  /** The name as a class name, such as `HeartRate`. */
  readonly pascal: string;
}

/** Codes of operations and search parameters begin with it. */
const longest = 40;
const syntax = /^(?:(@[a-z0-9][a-z0-9._-]*)\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;
/** npm, Node.js or this server mean something else by them. */
const reserved = new Set(['lanyard', 'lanyard-fhir', 'node-modules', ...builtinModules]);

/** Names of an extension; throws one line (exit code 2) for a name that npm, a class or a code of FHIR cannot have. */
export function namesOf(name: string): ExtensionNames {
  const [, scope, kebab = ''] = syntax.exec(name) ?? [];
  if (kebab === '')
    throw wrongUsage(
      `${JSON.stringify(name)} is no name of an extension: a-z, 0-9 and "-", after a letter, and a scope if you like. Example: lanyard new extension @acme/cardio`,
    );
  if (kebab.length > longest)
    throw wrongUsage(`${JSON.stringify(kebab)} has ${kebab.length} characters; an extension has ${longest} at most.`);
  if (scope === undefined && reserved.has(kebab))
    throw wrongUsage(`"${kebab}" is a name of Node.js, npm or this server. Put a scope before it: @acme/${kebab}`);
  return { name, kebab, pascal: kebab.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase()) };
}
