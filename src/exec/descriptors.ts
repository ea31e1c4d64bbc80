// Files that whoever started this process left open, and that every child would inherit in turn.
import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** open(2): the descriptor does not survive execve. */
const O_CLOEXEC = 0o2_000_000;

/** Everything that Node opens itself is closed in its children; what is not, above the standard streams, was inherited. */
function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    // The descriptor by which the folder was read.
    return false;
  }
}

let isDone = false;

/** Closes what was inherited beyond the standard streams, once. Node keeps the first few from its children, not those with high numbers. */
export function closeInherited(): void {
  if (isDone) return;
  isDone = true;
  const descriptors = readdirSync('/proc/self/fd').map(Number);
  for (const descriptor of descriptors) if (descriptor > 2 && isInherited(descriptor)) closeSync(descriptor);
}
