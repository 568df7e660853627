import { migrationFaults } from '../../database/migrations/extension-migration.js';
import { tablePrefix } from '../../database/migrations/table-prefix.js';
import { commandsIn, type Extension, migrationsIn } from './extension.js';
import { ownCommands } from './own-commands.js';

/** Returns a line for each thing that does not fit, in an extension or between two. */
export const checkExtensions = (extensions: readonly Extension[]): readonly string[] =>
  extensions
    .flatMap((extension, i) => faultsOf(extension, extensions.slice(0, i)))
    .map((line) => `EXTENSIONS: ${line}`);

function faultsOf(extension: Extension, earlier: readonly Extension[]): readonly string[] {
  const { name, features } = extension;
  if (earlier.some((other) => other.name === name)) return [`${name} is named twice. Name each extension once.`];
  const sameTables = earlier.find((other) => tablePrefix(other.name) === tablePrefix(name));
  return [
    ...(sameTables
      ? [
          `${name} and ${sameTables.name} would both call their tables ${tablePrefix(name)}…. Rename one of the packages.`,
        ]
      : []),
    ...migrationFaults(name, migrationsIn(features)).map((fault) => `${name} ${fault}`),
    ...commandFaults(extension, earlier),
  ];
}

function commandFaults({ name, features }: Extension, earlier: readonly Extension[]): readonly string[] {
  const names = commandsIn(features).map((command) => command.name);
  return names.flatMap((command, i) => {
    if (!/^[a-z][a-z0-9-]*$/.test(command))
      return [`${name} has a command "${command}". Name it with a-z, 0-9 and "-".`];
    if (ownCommands.includes(command))
      return [`${name} has a command "${command}", as the server has. Give it another name.`];
    if (names.indexOf(command) !== i) return [`${name} has two commands "${command}". Give each a name of its own.`];
    const other = earlier.find((one) => commandsIn(one.features).some((theirs) => theirs.name === command));
    return other
      ? [`${name} and ${other.name} both have a command "${command}". Rename one, or load one of them.`]
      : [];
  });
}
