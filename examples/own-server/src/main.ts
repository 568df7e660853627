import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LanyardModule, lanyardAdapter } from 'lanyard-fhir';
import { CardioModule } from './cardio.module.js';

const server = LanyardModule.forRoot({ features: [CardioModule] });
const app = await NestFactory.create(server, lanyardAdapter(), { bodyParser: false });
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`Listening on ${await app.getUrl()}`);
