import type { Command } from 'commander';
import type { PasswordOptions } from '../actions/user-password.js';

export function userPasswordCommand(user: Command): void {
  user
    .command('password <name>')
    .description('let a user choose a password: by a link, or by a password that counts once')
    .option('--link', 'make an address where the user chooses a password; until then the old one counts')
    .option('--one-time', 'make a password that opens nothing but the choice of another one; the old one ends at once')
    .option('--expires <time>', 'how long it works, such as 30m, 12h or 7d', '1d')
    .action(async (name: string, options: PasswordOptions) =>
      (await import('../actions/user-password.js')).letChoose(name, options),
    );
}
