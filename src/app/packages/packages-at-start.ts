import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { StartRefused } from '../../config/checks/start-refused.js';
import { InvalidPackage } from '../../fhir/packages/invalid-package.js';
import { requirePackageIn } from '../../fhir/packages/named-package.js';
import { PackageInstaller } from '../../fhir/packages/package-installer.js';
import { PackageStore } from '../../fhir/storage/packages/package-store.js';
import { idOf } from '../../r4/packages/package-manifest.js';

/** Injection token of the packages that the settings name, and the folder that has them. */
export const GUIDES_OF_SETTINGS = Symbol('GUIDES_OF_SETTINGS');

/** Milliseconds that a start waits for search parameters of a new package: those of a small database are indexed by then. */
const patience = 10_000;

/** Installs what IMPLEMENTATION_GUIDES names and nobody has installed; throws `StartRefused` where a package is missing or damaged. */
@Injectable()
export class PackagesAtStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('Packages');

  constructor(
    private readonly installer: PackageInstaller,
    private readonly store: PackageStore,
    @Inject(GUIDES_OF_SETTINGS) private readonly guides: AppConfig['guides'],
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.guides.names.length === 0) return;
    const installed = new Set((await this.installer.list()).map(idOf));
    const missing = this.guides.names.filter((name) => !installed.has(idOf(name)));
    for (const name of missing) {
      try {
        const source = await requirePackageIn(this.guides.folder, name);
        const [done] = await this.installer.install([source], { as: name, by: 'IMPLEMENTATION_GUIDES' });
        this.logger.log(`Installed ${idOf(name)}: ${done!.definitions} definitions.`);
      } catch (error) {
        if (error instanceof InvalidPackage)
          throw new StartRefused(`IMPLEMENTATION_GUIDES: ${error.given} ${error.fact}`);
        throw error;
      }
    }
    if (missing.length > 0) await this.store.indexed(patience);
  }
}
