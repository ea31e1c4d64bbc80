// reject
import { defineOperation } from '../../operation.js';
import { filtering } from '../../parts/firewall/firewall-filter.js';

/** Drops packets and tells their senders. Equivalent to: nft add rule inet netns_mcp HOOK MATCH counter reject (nft(8)). */
export const reject = defineOperation({
  ...filtering({ name: 'reject', words: ({ protocol }) => (protocol === 'tcp' ? 'counter reject with tcp reset' : 'counter reject') }),
  title: 'Reject packets',
  description: 'Drops packets and tells their senders: TCP by a reset when protocol is tcp, else by ICMP "port unreachable". See drop for the rest.',
});
