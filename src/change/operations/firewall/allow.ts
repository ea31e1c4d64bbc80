// allow
import { defineOperation } from '../../operation.js';
import { filtering } from '../../parts/firewall/firewall-filter.js';

/** Lets packets pass before a drop or reject of ours. Equivalent to: nft add rule inet netns_mcp HOOK MATCH accept (nft(8)). */
export const allow = defineOperation({
  ...filtering({ name: 'allow', words: () => 'accept' }),
  title: 'Allow packets',
  description:
    'Lets packets pass that a later drop or reject of this server would stop: at "first" puts it before those. What a table of another program drops stays dropped.',
});
