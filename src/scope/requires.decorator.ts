import { Reflector } from '@nestjs/core';
import type { InteractionKind } from '../r4/rest/interaction.js';
import type { Permission } from './grammar/permission.js';

/** A SMART permission. The type comes from the path parameter `type` unless it is given here. */
export interface RequiredPermission {
  readonly permission: Permission;
  readonly type?: string;
}

/**
 * States what a route needs. Routes below the FHIR base name their interaction: it needs what `interactionRules` says, on the type
 * that the address names, conditional forms included. Routes of other applications name a permission.
 */
export const Requires = Reflector.createDecorator<InteractionKind | RequiredPermission>();
