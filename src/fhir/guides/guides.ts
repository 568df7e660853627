import { Injectable } from '@nestjs/common';
import { InstalledPackages } from '../storage/packages/installed-packages.js';
import { type Guide, readGuideText } from './guide.js';

/** The guides of the installed packages. */
@Injectable()
export class Guides {
  private known: { readonly revision: string; readonly all: readonly Guide[] } | undefined;

  constructor(private readonly installed: InstalledPackages) {}

  /** Changes with each installation. */
  get revision(): string {
    return this.installed.revision;
  }

  get all(): readonly Guide[] {
    const { revision } = this;
    if (this.known?.revision !== revision)
      this.known = { revision, all: this.installed.all.map(({ guide }) => readGuideText(guide)) };
    return this.known.all;
  }
}
