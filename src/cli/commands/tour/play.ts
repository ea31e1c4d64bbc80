// Plays the steps one after the other, and holds each to what it says.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { toNetnsError } from '../../../model/errors.js';
import type { Answer, TourClient } from './client.js';
import type { Facts, Sight, Step, ToolCall } from './step.js';

/** What became of a step. */
export interface Played {
  step: Step;
  number: number;
  call: ToolCall;
  /** null: there was none. */
  answer: Answer | null;
  byHand: string[];
  /** A string says what was not as expected. */
  sight: Sight | string;
}

/** The kernel does some things a moment later (carrier, the end of a namespace), and every tool can be called again without harm. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 25;

const Change = z.looseObject({ change: z.looseObject({ changed: z.boolean(), dry_run: z.boolean() }) });

/** Plays until the end, or until a step is not as expected. @returns whether all were. */
export async function play(steps: readonly Step[], client: TourClient, signal: AbortSignal, tell: (played: Played) => void): Promise<boolean> {
  let facts: Facts = {};
  await using background = new Background(client);
  for (const [at, step] of steps.entries()) {
    if (step.background) background.start(step.background, signal);
    const call = step.call(facts);
    const { answer, sight } = await playStep(step, call, facts, client, signal);
    if (typeof sight !== 'string') facts = { ...facts, ...sight.learned };
    if (step.endsBackground) await background.end();
    tell({ step, number: at + 1, call, answer, byHand: step.byHand(facts), sight });
    if (typeof sight === 'string') return false;
  }
  return true;
}

async function playStep(step: Step, call: ToolCall, facts: Facts, client: TourClient, signal: AbortSignal): Promise<Pick<Played, 'answer' | 'sight'>> {
  const until = performance.now() + PATIENCE_MS;
  let first: Answer | null = null;
  for (;;) {
    let answer: Answer;
    try {
      answer = await client.call(call, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { answer: first, sight: `the call broke: ${toNetnsError(error).message}` };
    }
    // A refused change has done nothing: what counts as the first is the call that did it.
    if (first === null || first.isError) first = answer;
    const sight = look(step, first, answer, facts);
    // What was done and by which commands says the first call; a later one only looks again.
    if (typeof sight !== 'string' || performance.now() > until) return { answer: { ...answer, commands: first.commands, decision: first.decision }, sight };
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

function look(step: Step, first: Answer, answer: Answer, facts: Facts): Sight | string {
  if (answer.isError !== step.isRefused) return answer.isError ? 'expected an answer, not an error' : 'expected a refusal';
  const change = Change.safeParse(first.value);
  if (change.success && !change.data.change.dry_run && !change.data.change.changed) return 'expected that something changes';
  return step.look(answer.value, answer.text, facts);
}

/** A call that goes on while steps are played. */
class Background implements AsyncDisposable {
  readonly #client: TourClient;
  #running: { abort: AbortController; ended: Promise<unknown> } | null = null;

  constructor(client: TourClient) {
    this.#client = client;
  }

  start(call: ToolCall, signal: AbortSignal): void {
    const abort = new AbortController();
    // How it ends is of no interest: it is there to be cancelled.
    const ended = this.#client.call(call, AbortSignal.any([abort.signal, signal])).catch(() => null);
    this.#running = { abort, ended };
  }

  async end(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.ended;
    this.#running = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
