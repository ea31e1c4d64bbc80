// Who calls, and what they answered when they were asked: read from a request of either protocol era.
import { CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, inputResponse, type McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { visible } from '../../model/text.js';
import { isApproval } from '../call/approval.js';
import type { Caller } from '../call/call.js';

/** The key of our question among a call's input requests. */
export const APPROVE = 'approve';

const ClientInfo = z.looseObject({ name: z.string(), version: z.string() });
const Capabilities = z.looseObject({ elicitation: z.looseObject({}).optional() });
const Envelope = z.looseObject({ [CLIENT_INFO_META_KEY]: z.unknown().optional(), [CLIENT_CAPABILITIES_META_KEY]: z.unknown().optional() }).default({});

/** Who calls, as far as the protocol tells. */
export function callerOf(server: McpServer, connection: string, { mcpReq }: ServerContext): Caller {
  const envelope = Envelope.parse(mcpReq.envelope);
  const info = ClientInfo.safeParse(envelope[CLIENT_INFO_META_KEY] ?? server.server.getClientVersion());
  const capabilities = Capabilities.safeParse(envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities());
  const token = mcpReq._meta?.progressToken;
  return {
    name: info.success ? visible(`${info.data.name} ${info.data.version}`).slice(0, 200) : 'unknown',
    connection,
    canAsk: capabilities.success && capabilities.data.elicitation !== undefined,
    answer: answerIn(mcpReq),
    signal: mcpReq.signal,
    progress(message, seconds) {
      if (token === undefined) return;
      // A client that went away needs no progress.
      mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token, progress: seconds, message } }).catch(() => {});
    },
  };
}

/** The human's answer in a call that comes back. One without a state of ours is taken for an answer too, and found invalid. */
function answerIn({ inputResponses, requestState }: ServerContext['mcpReq']): Caller['answer'] {
  const state = requestState();
  if (inputResponses === undefined && state === undefined) return null;
  const given = inputResponse(inputResponses, APPROVE);
  const approved = given.kind === 'elicit' && given.action === 'accept' && isApproval(given.content);
  return { approved, state };
}
