import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { AppConfig } from './config/app-config.js';

const logLevels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];
const nestLevels: Readonly<Record<string, LogLevel>> = { info: 'log', trace: 'verbose' };

/** What Nest tells about its own start is for those who debug it. */
const framework = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

class ServerLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (this.isLevelEnabled('debug') || !framework.has(String(context))) super.log(message, ...(rest as [string]));
  }
}

/** JSON lines in production, text for people otherwise. */
export function loggerFor({ logLevel, production }: AppConfig): ConsoleLogger {
  const lowest = nestLevels[logLevel] ?? logLevel;
  const count = logLevels.findIndex((level) => level === lowest) + 1;
  return new ServerLogger({ json: production, prefix: 'Lanyard', logLevels: logLevels.slice(0, count) });
}
