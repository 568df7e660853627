// @ts-check
/** Socket of a server's probe, below its data folder. */
export const probeSocket = 'probe.socket';
