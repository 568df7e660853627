/** Leads every key and every statement, so that rows of several tenants could live side by side; there is one tenant for now. */
export const tenant = 1;
