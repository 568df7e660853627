import { AsyncLocalStorage } from 'node:async_hooks';
import { wrongUsage } from './command-failed.js';

const chosen = new AsyncLocalStorage<string>();

/** Name of the tenant that the command is for; undefined: none was named, so it is `default`. */
export const chosenTenant = (): string | undefined => chosen.getStore();

/** Commands that open the server of one tenant. */
const ofOneTenant: readonly string[] = ['apply', 'audit', 'client', 'launch', 'outbox', 'policy', 'reindex', 'user'];

/** Takes `--tenant NAME` off the arguments, and runs the command for that tenant. */
export function forChosenTenant<T>(args: readonly string[], run: (args: readonly string[]) => Promise<T>): Promise<T> {
  const [option, name, command, ...rest] = args;
  if (option !== '--tenant') return run(args);
  if (name === undefined || command === undefined)
    throw wrongUsage('Name the tenant and the command: lanyard --tenant north user list');
  if (!ofOneTenant.includes(command))
    throw wrongUsage(`--tenant: "${command}" is not of one tenant. Those that are: ${ofOneTenant.join(', ')}.`);
  return chosen.run(name, () => run([command, ...rest]));
}
