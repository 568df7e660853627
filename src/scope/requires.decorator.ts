import { Reflector } from '@nestjs/core';
import type { Permission } from './grammar/permission.js';

/** The SMART permission a route needs. The type comes from the path parameter `type` unless it is given here. */
export const Requires = Reflector.createDecorator<{ readonly permission: Permission; readonly type?: string }>();
