import { userInfo } from 'node:os';

/** Author of a command's changes in the history of a policy. */
export const commandLine = (): string => `${userInfo().username} (command line)`;
