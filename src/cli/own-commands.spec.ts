// Extensions cannot take the name of a command of ours; the start knows the names without loading the commands
import { expect, it } from 'vitest';
import { ownCommands } from '../app/extensions/own-commands.js';
import { lanyard } from './program.js';

it('lists every command of lanyard', () => {
  const names = lanyard().commands.map((command) => command.name());
  expect(names.filter((name) => !ownCommands.includes(name))).toEqual([]);
  expect(names).toContain('extensions');
});
