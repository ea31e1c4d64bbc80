// Names of IP protocols as iproute2 prints them, of numbers and of other names.
import { readFileSync } from 'node:fs';

/** By number and by every name and alias, the name (protocols(5)). */
let names: ReadonlyMap<string, string> | null = null;

function readNames(): Map<string, string> {
  let text = '';
  try {
    text = readFileSync('/etc/protocols', 'utf8');
  } catch {
    // Without that file iproute2 knows no names either.
  }
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, number, ...aliases] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    if (name === undefined || number === undefined) continue;
    // The first of a number, and the first that has a name, count (getprotobynumber(3), getprotobyname(3)).
    const shown = found.get(number) ?? name;
    for (const key of [number, name, ...aliases]) if (!found.has(key)) found.set(key, shown);
  }
  return found;
}

/** The name that iproute2 prints for a protocol that is given by its number or a name; the same text when it has none. */
export function protocolName(protocol: string): string {
  names ??= readNames();
  return names.get(protocol) ?? protocol;
}
