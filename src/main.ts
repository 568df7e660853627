import 'reflect-metadata';
import { runServer } from './app/start/process.js';

await runServer();
