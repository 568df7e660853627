import { type Permission, permissions } from './grammar/permission.js';

/** What is known by type and permission. A text of both as a key would cost more than most of what is kept. */
export class ByNeed<T> {
  private readonly byType = new Map<string, (T | undefined)[]>();

  get(type: string, permission: Permission): T | undefined {
    return this.byType.get(type)?.[permissions.indexOf(permission)];
  }

  /** Returns the value. */
  set(type: string, permission: Permission, value: T): T {
    let ofType = this.byType.get(type);
    if (!ofType) this.byType.set(type, (ofType = permissions.map(nothing)));
    return (ofType[permissions.indexOf(permission)] = value);
  }

  clear(): void {
    this.byType.clear();
  }
}

const nothing = (): undefined => undefined;
