import type { Command } from 'commander';
import type { ListedJobs } from '../actions/jobs.js';

export function jobsCommand(program: Command): void {
  const jobs = program.command('jobs').description('exports, and other calls that are answered later');
  jobs
    .command('list')
    .description('jobs of all callers, and those that index what is stored, the newest first')
    .option('--json', 'JSON for other programs')
    .action(async (options: ListedJobs) => (await import('../actions/jobs.js')).listJobs(options));
  jobs
    .command('cancel <id>')
    .description('end a job, and remove the files that it has made')
    .action(async (id: string) => (await import('../actions/jobs.js')).cancelJob(id));
}
