// @ts-check
/** Where the probe of a server answers, below its data folder. */
export const probeSocket = 'probe.socket';
