// clear_shaping
import { z } from 'zod';
import { defineOperation } from '../../operation.js';
import { foreseeClear, ON_LINK, planClear, SHAPING_OPERATION } from '../../shaping/put.js';
import { SIDES } from '../../shaping/trees.js';

const Input = z.strictObject({ ...ON_LINK, side: z.enum(SIDES).optional().describe('root: what it sends; ingress: what comes in; both when left out') });
const sidesOf = ({ side }: z.output<typeof Input>) => (side === undefined ? SIDES : [side]);

/** Takes all shaping from a link, so that the kernel's own queue is back. Equivalent to: tc qdisc delete dev LINK root; tc qdisc delete dev LINK ingress (tc(8)). */
export const clearShaping = defineOperation({
  ...SHAPING_OPERATION,
  name: 'clear_shaping',
  title: 'End shaping',
  description: 'Takes delay, loss, rate limits, classes and policing from a link.',
  input: Input,
  plan: (input, world) => planClear(input, world, sidesOf(input)),
  foresee: (input, foreseen) => foreseeClear(input, foreseen, sidesOf(input)),
});
