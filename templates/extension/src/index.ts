/** What a server loads: `EXTENSIONS=@acme/zephyr`. */
export { ZephyrModule as default } from './zephyr.module.js';
