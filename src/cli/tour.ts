// netns-mcp tour

export interface TourOptions {
  json: boolean;
  color: boolean;
}

/** Plays the tour. @returns the exit code. */
export async function runTour({ json, color }: TourOptions): Promise<number> {
  process.stderr.write(`The tour is not written yet (json ${json}, color ${color}).\n`);
  return 1;
}
