// Every tool that is published, in the order in which it is listed.
import type { Tool } from '../src/server/tool.js';
import { CHANGE_TOOLS } from './change.js';
import { execInNamespace } from './exec/exec-in-namespace.js';
import { listServices } from './exec/list-services.js';
import { startService } from './exec/start-service.js';
import { stopService } from './exec/stop-service.js';
import { checkReachability } from './observe/check-reachability.js';
import { explainPolicy } from './observe/explain-policy.js';
import { inspectNamespace } from './observe/inspect-namespace.js';
import { inspectNetnsId } from './observe/inspect-netns-id.js';
import { listNamespaces } from './observe/list-namespaces.js';

export const TOOLS: readonly Tool[] = [
  listNamespaces,
  inspectNamespace,
  inspectNetnsId,
  checkReachability,
  explainPolicy,
  ...CHANGE_TOOLS,
  execInNamespace,
  startService,
  stopService,
  listServices,
];
