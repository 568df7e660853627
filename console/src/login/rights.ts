interface Scope {
  readonly context: string;
  readonly type: string;
  readonly letters: readonly string[];
}

const scopeSyntax = /^([a-z]+)\/(\*|[A-Za-z]+)\.([cruds]+)(?:\?|$)/;

function read(scope: string): Scope | undefined {
  const [, context, type, letters] = scopeSyntax.exec(scope) ?? [];
  return context === undefined || type === undefined || letters === undefined
    ? undefined
    : { context, type, letters: letters.split('') };
}

/** True for scopes of SMART for resources, and for rights to administer, such as `user/*.rs` and `admin/User.r`. */
export const isResourceScope = (scope: string): boolean => read(scope) !== undefined;

/** True if one of the scopes is this one, or has all of it in it. */
export function covers(scopes: readonly string[], scope: string): boolean {
  const wanted = read(scope);
  if (!wanted) return scopes.includes(scope);
  return scopes.some((one) => {
    const held = read(one);
    if (held?.context !== wanted.context || (held.type !== '*' && held.type !== wanted.type)) return false;
    return wanted.letters.every((letter) => held.letters.includes(letter));
  });
}

/** True if one of the scopes is, or has in it, the right to administer, such as `admin/User.r` or `operator/Tenant.s`. Only for what is shown: the server judges. */
export const hasAdminRight = (scopes: readonly string[], right: string): boolean =>
  /^(?:admin|operator)\//.test(right) && covers(scopes, right);

/** True if the scopes have something in common with this one: where they are a limit, it can be given in part at least. */
export function overlaps(scopes: readonly string[], scope: string): boolean {
  const wanted = read(scope);
  if (!wanted) return scopes.includes(scope);
  return scopes.some((one) => {
    const held = read(one);
    if (held?.context !== wanted.context) return false;
    const isType = held.type === wanted.type || held.type === '*' || wanted.type === '*';
    return isType && held.letters.some((letter) => wanted.letters.includes(letter));
  });
}
