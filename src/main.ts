import 'reflect-metadata';
import { runServer } from './app/process.js';

await runServer();
