import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type PackageAnswer, packageAnswer, planAnswer, type PlanAnswer } from './package-answer.js';
import { PlanTurns } from './plan-turns.js';
import { receivePackage } from './receive-package.js';
import { GUIDES_OF_SETTINGS } from './packages-at-start.js';
import { wordsOf } from '../doctor/reader-words.js';
import type { AppConfig } from '../../config/app-config.js';
import type { Judged } from '../../fhir/packages/judge-stored.js';
import { CallerGone } from '../../database/caller-shares.js';
import { requirePackageIn } from '../../fhir/packages/named-package.js';
import { type Installation, PackageInstaller } from '../../fhir/packages/package-installer.js';
import type { PackageSource } from '../../fhir/packages/package-source.js';
import type { PackagePlan } from '../../fhir/packages/plan-package.js';
import type { InstalledPackage } from '../../fhir/storage/packages/package-rows.js';
import { ResourceRepository } from '../../fhir/storage/resource.repository.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';
import { idOf, type PackageName, parsePackageName } from '../../r4/packages/package-manifest.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';

/** A package in the folder PACKAGES of the server. */
export const namedPackage = z.strictObject({ name: z.string(), version: z.string() });
const example = '{"name":"hl7.fhir.us.core","version":"6.1.0"}';

/** Packages of this server, for users with `admin/Definition` rights (docs/adr/0076). Nothing is fetched: a package is sent, or lies in the folder PACKAGES. */
@Controller('admin/packages')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class PackagesController {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly installer: PackageInstaller,
    private readonly turns: PlanTurns,
    @Inject(GUIDES_OF_SETTINGS) private readonly guides: AppConfig['guides'],
    private readonly rules: AccessRules,
    private readonly resources: ResourceRepository,
  ) {}

  @Get()
  @Administers('Definition', 's')
  @Header('Cache-Control', 'no-store')
  async list(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly packages: readonly PackageAnswer[] }> {
    const words = wordsOf(request, reply);
    return { packages: (await this.installer.list()).map((one) => packageAnswer(one, words)) };
  }

  @Post()
  @Administers('Definition', 'c')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  install(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('strict') strict?: string,
  ): Promise<PlanAnswer<Installation>> {
    const words = wordsOf(request, reply);
    return this.withSource(request, async (source, as) => {
      const options = { as, strict: strict === 'true', by: request.principal.subject };
      return planAnswer((await this.installer.install([source], options))[0]!, words);
    });
  }

  @Post('plan')
  @Administers('Definition', 'c')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  plan(
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('resources') asked?: string,
  ): Promise<PlanAnswer<PackagePlan>> {
    const words = wordsOf(request, reply);
    const judged = readJudged(asked);
    const make = async (source: PackageSource, as: PackageName | undefined): Promise<PlanAnswer<PackagePlan>> => {
      const resources = judged && { judged, signal: goneSignal(reply), mayName: await this.mayName(request) };
      return planAnswer((await this.installer.plan([source], { as, resources }))[0]!, words);
    };
    return this.turns.run(request.principal, () => this.withSource(request, make));
  }

  @Get(':name/:version')
  @Administers('Definition', 'r')
  @Header('Cache-Control', 'no-store')
  async read(
    @Param() { name, version }: PackageName,
    @Req() request: AdminRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PackageAnswer> {
    return packageAnswer(await this.find({ name, version }), wordsOf(request, reply));
  }

  @Delete(':name/:version')
  @Administers('Definition', 'd')
  @HttpCode(204)
  async remove(@Param('name') name: string, @Param('version') version: string): Promise<void> {
    await this.find({ name, version });
    await this.installer.remove({ name, version });
  }

  private async find({ name, version }: PackageName): Promise<InstalledPackage> {
    const found = (await this.installer.list()).find((one) => one.name === name && one.version === version);
    if (!found) throw new UnknownAddress('No package of that name and version is installed.');
    return found;
  }

  /** A right to administer opens no resource, so resources are named to those who may read them. */
  private async mayName({ principal }: AdminRequest): Promise<(type: string, id: string) => Promise<boolean>> {
    const context = new RequestContext(await this.rules.consult(principal), this.rules);
    return async (type, id) =>
      context.may(type, 'r') && (await this.resources.find(context.accessTo(type, 'r'), id)) !== undefined;
  }

  private async withSource<T>(
    request: AdminRequest,
    work: (source: PackageSource, as: PackageName | undefined) => Promise<T>,
  ): Promise<T> {
    const sent = await receivePackage(request);
    if (sent)
      try {
        return await work(sent.source, undefined);
      } finally {
        await sent.discard();
      }
    const { success, data } = namedPackage.safeParse(readJsonBody(request, example));
    const name = success ? parsePackageName(idOf(data)) : undefined;
    if (!name)
      throw new InvalidRequest({
        code: 'value',
        diagnostics: `Send ${example} for a package in the folder PACKAGES, or the .tgz itself as application/gzip.`,
      });
    return work(await requirePackageIn(this.guides.folder, name), name);
  }
}

const sampleUnlessSaid = 20;
const largestSample = 100;

/** `none`, `sample` or `sample:20`: resources of each type that are judged. */
function readJudged(text = 'none'): Exclude<Judged, 'all'> | undefined {
  if (text === 'none') return undefined;
  const [, number] = /^sample(?::(\d{1,3}))?$/.exec(text) ?? [];
  const sample = number === undefined ? sampleUnlessSaid : Number(number);
  if (
    text.startsWith('sample') &&
    (number !== undefined || text === 'sample') &&
    sample >= 1 &&
    sample <= largestSample
  )
    return { sample };
  throw new InvalidRequest({
    code: 'value',
    diagnostics:
      `resources is none, sample, or sample:N with up to ${largestSample} resources of each type. ` +
      'All resources are judged by the command: lanyard package plan FILE --resources all',
  });
}

/** Aborted when nobody waits for the answer any more. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort(new CallerGone()));
  return gone.signal;
}
