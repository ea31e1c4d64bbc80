// The version of this program.

/** Written in by the build. */
declare const NETNS_MCP_VERSION: string | undefined;

export const VERSION = typeof NETNS_MCP_VERSION === 'string' ? NETNS_MCP_VERSION : '0.0.0-source';
