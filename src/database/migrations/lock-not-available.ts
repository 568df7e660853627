/** SQLSTATE of a lock that was not free in time. */
export const lockNotAvailable = '55P03';
