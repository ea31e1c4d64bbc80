// The mounts that a process sees (proc_pid_mountinfo(5)).

/** A mount that can be reached by its path: nothing else is mounted over it. */
export interface Mount {
  point: string;
  /** What it is a mount of, as it was given. */
  source: string;
  type: string;
  writable: boolean;
}

/** The kernel writes space, tab, line feed and backslash in a path as octal escapes. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Reads mountinfo; of several mounts at one point only the last, which hides the others, and none below a later one. */
export function mountsOf(mountinfo: string): Mount[] {
  let mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [head = '', tail = ''] = line.split(' - ');
    const [, , , , point, options = ''] = head.split(' ');
    const [type = '', source = ''] = tail.split(' ');
    if (point === undefined) continue;
    const path = unescapeOctal(point);
    const isHidden = (other: Mount) => other.point === path || (path !== '/' && other.point.startsWith(`${path}/`));
    const mount = { point: path, source: unescapeOctal(source), type, writable: options.split(',').includes('rw') };
    mounts = [...mounts.filter((other) => !isHidden(other)), mount];
  }
  return mounts;
}
