// A service: what is on record of it, and what can be told of it now.
import { z } from 'zod';

/** Names by which people call services. */
export const ServiceName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, 'service name: 1-32 of A-Z a-z 0-9 _ . -, not starting with a dash or a point');

/** What a server writes down before a service starts, for itself and for those that come after it. */
export const ServiceRecord = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  name: z.string(),
  /** Where it was started. What it lives in now is for the kernel to say. */
  namespace: z.strictObject({ inode: z.number(), names: z.array(z.string()), is_host: z.boolean(), owned: z.boolean() }),
  program: z.string(),
  argv: z.array(z.string()),
  /** It goes on when the server that started it ends. */
  lives_on: z.boolean(),
  started_at: z.string(),
  /** PIDs and starts mean nothing after another boot. */
  boot: z.string(),
  /** The process at whose death everything of it ends. */
  keeper: z.strictObject({ pid: z.number(), start: z.string() }),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

/** How a service is: it runs, or how it ended. */
export type ServiceEnd = { is: 'running' } | { is: 'exited'; code: number } | { is: 'ended'; signal: string };

/** A service as it is now. */
export interface Service extends ServiceRecord {
  state: ServiceEnd;
  /** Inode of the namespace that it lives in, or lived in. */
  inode: number;
  /** The command's own process; null when it has ended, or has not begun. */
  pid: number | null;
}

/** `running`, `exited 1`, `ended by SIGTERM`. */
export function stateWords(state: ServiceEnd): string {
  if (state.is === 'running') return 'running';
  return state.is === 'exited' ? `exited ${state.code}` : `ended by ${state.signal}`;
}
