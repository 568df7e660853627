import { Controller, Get, Header, Inject, UseFilters, UseGuards } from '@nestjs/common';
import { EXAMINED_CONFIG } from '../doctor/doctor.controller.js';
import type { AppConfig } from '../../config/app-config.js';
import type { ShownSetting } from '../../config/shown-settings.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

/** `/admin/settings`: what this server was started with; no secret (docs/adr/0083). At a tenant those that it may have of its own (docs/adr/0194). */
@Controller('admin/settings')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class SettingsController {
  constructor(@Inject(EXAMINED_CONFIG) private readonly config: AppConfig) {}

  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  list(): { readonly settings: readonly ShownSetting[] } {
    return { settings: this.config.shown() };
  }
}
