import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../../auth/principal.js';
import { Refused } from '../../../refusal/refusal.js';
import type { AdminArea } from '../../../scope/grammar/admin-scope.js';
import { Administration } from '../../../scope/administration/administration.js';
import type { Permission } from '../../../scope/grammar/permission.js';

/** A right to administer, as a route declares it. */
export interface RightNeeded {
  readonly area: AdminArea;
  /** Any one of them opens the route. Where there are several, the handler asks for the one that the request needs. */
  readonly permissions: readonly [Permission, ...Permission[]];
}

/** The right to administer that a route needs (docs/adr/0037). */
const Needs = Reflector.createDecorator<RightNeeded>();
export const Administers = (area: AdminArea, ...permissions: RightNeeded['permissions']) =>
  Needs({ area, permissions });

/** The right that a handler declares; undefined if it declares none. */
export const neededRight = (handler: object): RightNeeded | undefined =>
  Reflect.getMetadata(Needs.KEY, handler) as RightNeeded | undefined;

/** A request that the guard has let pass: somebody known sent it. */
export type AdminRequest = FastifyRequest & { readonly principal: Principal };

/** Refuses callers without the right that the route names with `@Administers`. A route that names none is a fault. */
@Injectable()
export class AdministratorGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly administration: Administration,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const need = this.reflector.get(Needs, context.getHandler());
    if (need === undefined) throw new Error('A route behind AdministratorGuard needs @Administers.');
    const { principal } = context.switchToHttp().getRequest<{ readonly principal?: Principal }>();
    const [first, ...others] = need.permissions;
    const missing = await this.administration.missing(principal, need.area, first);
    if (missing === undefined) return true;
    for (const permission of others) if (await this.administration.may(principal, need.area, permission)) return true;
    throw new Refused([missing]);
  }
}
