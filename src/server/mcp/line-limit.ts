// Lines of a client, none too long: the library would end the connection over one.
import { Transform, type TransformCallback } from 'node:stream';
import { idOf, type RequestId } from './request-id.js';

const LINE_FEED = 0x0a;
/** A byte that JSON never has: what is left of a line that is too long is no message, also where only spaces were cut off. */
const NO_JSON = '\0\n';

/** Bytes of a line that is too long in which its id is looked for. */
const HEAD = 64 * 1024;
const TAIL = 1024;

/** Passes lines on. One that is longer than `most` bytes is cut off there, the rest of it dropped, and told of when it ends. */
export class LineLimit extends Transform {
  readonly #most: number;
  readonly #tooLong: (id: RequestId) => void;
  #length = 0;
  #head: Buffer[] = [];
  #tail: Buffer = Buffer.alloc(0);

  /** @param tooLong Is told the id of the request, null when it cannot be found. */
  constructor(most: number, tooLong: (id: RequestId) => void) {
    super();
    this.#most = most;
    this.#tooLong = tooLong;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let from = 0; from < chunk.length; ) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const to = feed === -1 ? chunk.length : feed + 1;
      this.#pass(chunk.subarray(from, to));
      if (feed !== -1) this.#end();
      from = to;
    }
    done();
  }

  /** A part of a line, at most to its end. */
  #pass(part: Buffer): void {
    const room = this.#most - this.#length;
    if (room >= 0) {
      this.push(part.length > room ? part.subarray(0, room) : part);
      if (part.length > room) this.push(NO_JSON);
    }
    if (this.#length < HEAD) this.#head.push(part.subarray(0, HEAD - this.#length));
    this.#tail = Buffer.concat([this.#tail, part.subarray(-TAIL)]).subarray(-TAIL);
    this.#length += part.length;
  }

  #end(): void {
    if (this.#length > this.#most) this.#tooLong(idOf(Buffer.concat(this.#head).toString(), this.#tail.toString()));
    [this.#length, this.#head, this.#tail] = [0, [], Buffer.alloc(0)];
  }
}
