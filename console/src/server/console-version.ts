import { version } from '../../package.json';

/** Version of the server that this page was built with and is served by, as long as nobody replaces it. */
export const consoleVersion: string = version;
