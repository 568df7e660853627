import type { Command } from 'commander';
import type { VerifyOptions } from '../actions/audit-verify.js';

export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('what was written down of every access');
  audit
    .command('verify')
    .description('walk the chain of hashes over all AuditEvents')
    .option('--noted <position:hash>', 'what an earlier run printed, kept where nobody who can write the database can')
    .addHelpText(
      'after',
      `
Names the first AuditEvent that was changed, removed or put in, and exits with code 1 then. Whoever can write the whole
database could make the chain anew: note the last line of a run elsewhere, and give it to a later one.
  lanyard audit verify
  lanyard audit verify --noted 1042:9f2c…`,
    )
    .action(async (options: VerifyOptions) => (await import('../actions/audit-verify.js')).verifyAudit(options));
}
