// One call from a shell: the same gate and audit as for a client.
import { randomUUID } from 'node:crypto';
import { type ErrorValue, errorText, toNetnsError } from '../../model/errors.js';
import type { Services } from '../services.js';
import { call } from './call.js';
import { findTool } from './registry.js';

export type Invocation = { ok: true; output: unknown; text: string } | { ok: false; error: ErrorValue; text: string };

/** Calls a tool by name. Nobody is asked: what the policy asks for is refused, with a hint how to proceed. Never throws. */
export async function invokeTool(services: Services, name: string, args: unknown, signal: AbortSignal = new AbortController().signal): Promise<Invocation> {
  const failed = (thrown: unknown): Invocation => {
    const error = toNetnsError(thrown).toValue();
    return { ok: false, error, text: errorText(error) };
  };
  try {
    const tool = findTool(services, name);
    const outcome = await call(services, tool, args, {
      name: 'command line',
      connection: randomUUID(),
      canAsk: false,
      answer: null,
      signal,
      progress: () => {},
    });
    if (outcome.kind === 'failed') return failed(outcome.error);
    if (outcome.kind === 'ask') throw new Error('asked where nobody can be asked');
    return { ok: true, ...outcome.answer };
  } catch (thrown) {
    return failed(thrown);
  }
}
