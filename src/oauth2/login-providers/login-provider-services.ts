import { LoginProviderCleaning } from './login-provider-cleaning.js';
import { LoginProviders } from './login-providers.js';
import { UpstreamAccounts } from './upstream-accounts.js';
import { UpstreamLinks } from './upstream-links.js';

/** For the `providers` of the module, which also provides LOGIN_PROVIDER_OPTIONS. */
export const loginProviderServices = [LoginProviders, LoginProviderCleaning, UpstreamAccounts, UpstreamLinks] as const;
