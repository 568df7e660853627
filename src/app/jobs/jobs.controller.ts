import { Controller, Delete, Get, Header, HttpCode, Param, UseFilters, UseGuards } from '@nestjs/common';
import type { ListedJob } from '../../fhir/storage/jobs/job.js';
import type { ListedIndexJob } from '../../fhir/storage/indexing/index-job.js';
import { IndexJobs } from '../../fhir/storage/indexing/index-jobs.js';
import { Jobs } from '../../fhir/storage/jobs/jobs.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';

/** `/admin/jobs`: work that goes on after its request was answered, of all callers; nothing of what is asked or answered (docs/adr/0078). */
@Controller('admin/jobs')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class JobsController {
  constructor(
    private readonly jobs: Jobs,
    private readonly indexJobs: IndexJobs,
  ) {}

  /** The newest first, 200 at most; beside them the 50 newest jobs that index what is stored. */
  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<{ readonly jobs: readonly ListedJob[]; readonly indexing: readonly ListedIndexJob[] }> {
    const [jobs, indexing] = await Promise.all([this.jobs.list(), this.indexJobs.list()]);
    return { jobs, indexing };
  }

  /** Cancels it, and removes what it has made. */
  @Delete(':id')
  @Administers('Job', 'd')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    if (!(await this.jobs.removeAny(id))) throw new UnknownAddress('There is no such job. GET /admin/jobs lists them.');
  }
}
