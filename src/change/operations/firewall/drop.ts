// drop
import { defineOperation } from '../../operation.js';
import { filtering } from '../../parts/firewall/firewall-filter.js';

/** Drops packets without a word. Equivalent to: nft add rule inet netns_mcp HOOK MATCH counter drop (nft(8)). */
export const drop = defineOperation({
  ...filtering({ name: 'drop', words: () => 'counter drop' }),
  title: 'Drop packets',
  description:
    'Drops packets, IPv4 and IPv6, whatever other tables allow. Answers to what the namespace began itself are among them: allow states established and related before it.',
});
