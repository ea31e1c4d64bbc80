// Lines of a client, none too long: the library would end the connection over one.
import { Transform, type TransformCallback } from 'node:stream';

const LINE_FEED = 0x0a;

/** Passes lines on. One that is longer than `most` bytes is cut off there, so that it is no message any more, and the rest of it dropped. */
export class LineLimit extends Transform {
  readonly #most: number;
  #length = 0;
  #isCut = false;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let from = 0; from < chunk.length; ) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const to = feed === -1 ? chunk.length : feed + 1;
      this.#pass(chunk.subarray(from, to));
      if (feed !== -1) [this.#length, this.#isCut] = [0, false];
      from = to;
    }
    done();
  }

  /** A part of a line, at most to its end. */
  #pass(part: Buffer): void {
    if (this.#isCut) return;
    const room = this.#most - this.#length;
    this.#isCut = part.length > room;
    this.push(this.#isCut ? part.subarray(0, room) : part);
    if (this.#isCut) this.push('\n');
    this.#length += part.length;
  }
}
