/** Injection token of the settings of `default`, which addresses of tenants are made of. */
export const TENANT_CONFIG = Symbol('TENANT_CONFIG');
