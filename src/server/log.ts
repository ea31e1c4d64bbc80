// The server's own log, on standard error: standard output belongs to the protocol.
import type { Logger } from 'pino';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Logs as JSON lines. The library is loaded with the first line that is to be written: most servers write none. */
export class Log {
  readonly #level: LogLevel;
  #logger: Promise<Logger> | null = null;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  error(message: string, details: Record<string, unknown> = {}): void {
    this.#write('error', message, details);
  }

  warn(message: string, details: Record<string, unknown> = {}): void {
    this.#write('warn', message, details);
  }

  info(message: string, details: Record<string, unknown> = {}): void {
    this.#write('info', message, details);
  }

  debug(message: string, details: Record<string, unknown> = {}): void {
    this.#write('debug', message, details);
  }

  #write(level: Exclude<LogLevel, 'silent'>, message: string, details: Record<string, unknown>): void {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.#level)) return;
    this.#logger ??= import('pino').then(({ default: pino }) =>
      pino({ level: this.#level, base: { name: 'netns-mcp', pid: process.pid } }, pino.destination({ dest: 2, sync: true })),
    );
    // A closed standard error is no reason to fail.
    this.#logger.then((logger) => logger[level](details, message)).catch(() => {});
  }
}
