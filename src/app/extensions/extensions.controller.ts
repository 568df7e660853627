import { Controller, Get, Header, UseFilters, UseGuards } from '@nestjs/common';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { ExtensionList, type ListedExtension } from './extension-list.js';

/** Extensions of the server that answers, since it started. */
export interface ListedExtensions {
  /** Start of the process, from which the figures count. */
  readonly since: string;
  readonly extensions: readonly ListedExtension[];
}

/** `GET /admin/extensions`: extensions with the figures of the process that answers (docs/adr/0072). */
@Controller('admin/extensions')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class ExtensionsController {
  constructor(private readonly list: ExtensionList) {}

  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  extensions(): ListedExtensions {
    const since = new Date(Date.now() - process.uptime() * 1000).toISOString();
    return { since, extensions: this.list.all() };
  }
}
