// What the build writes in of the tools: how they are listed, so that a server can tell before it has loaded them.
import { type Offer, offerOf } from '../src/server/mcp/offer.js';
import { TOOLS } from '../tools/index.js';

export function readOffers(): Offer[] {
  return TOOLS.map(offerOf).filter(({ when }) => when !== 'never');
}
