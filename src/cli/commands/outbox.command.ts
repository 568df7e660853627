import type { Command } from 'commander';
import type { ListedEvents, SentAgain } from '../actions/outbox.js';

export function outboxCommand(program: Command): void {
  const outbox = program.command('outbox').description('events of commits that extensions have not been told of yet');
  choosing(outbox.command('list').description('what waits and what is a dead letter, with the last failure'))
    .option('--waiting', 'also what is tried again by itself')
    .option('--json', 'JSON for other programs')
    .action(async (options: ListedEvents) => (await import('../actions/outbox.js')).listOutbox(options));
  choosing(outbox.command('resend').description('deliver dead letters again, at once'))
    .option('--waiting', 'also what is tried again later')
    .option('--all', 'of all hooks and resources')
    .addHelpText(
      'after',
      `
Each event of a resource waits for the one before it; a dead letter is sent after newer events of its resource have been.
  lanyard outbox resend --hook @acme/cardio/notify
  lanyard outbox resend --resource Patient/p1`,
    )
    .action(async (options: SentAgain) => (await import('../actions/outbox.js')).resendOutbox(options));
  choosing(outbox.command('discard').description('remove dead letters undelivered'))
    .option('--waiting', 'also what waits, such as the events of an extension that is gone')
    .option('--all', 'of all hooks and resources')
    .action(async (options: SentAgain) => (await import('../actions/outbox.js')).discardOutbox(options));
}

/** Options that name events. */
const choosing = (command: Command): Command =>
  command
    .option('--hook <name>', 'only for this hook, such as @acme/cardio/notify')
    .option('--resource <Type/id>', 'only of this resource');
