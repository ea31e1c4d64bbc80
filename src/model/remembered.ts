// What a pure function said before need not be worked out again.

/** A pure function that remembers what it said of up to `most` texts; then it begins anew. */
export function remembered<T>(work: (text: string) => T, most: number): (text: string) => T {
  const said = new Map<string, { value: T }>();
  return (text) => {
    const before = said.get(text);
    if (before) return before.value;
    if (said.size >= most) said.clear();
    const value = work(text);
    said.set(text, { value });
    return value;
  };
}
