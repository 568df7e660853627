/** Leads every key, so that rows of several tenants could live side by side; there is one tenant for now. */
export const TENANT = 1;
