import { userInfo } from 'node:os';

/** Who the history of a policy names for changes by a command. */
export const commandLine = (): string => `${userInfo().username} (command line)`;
